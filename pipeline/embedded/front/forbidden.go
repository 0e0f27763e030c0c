package front

import (
	"strconv"
	"strings"
)

// The engine runs in a process of the user's, and as a library it can read and write whatever the user can. The rights
// that its user has there (see package embedded) keep statements from files, other servers and programs. What is checked
// here is what those rights do not cover, because the library does it on the client's side or knows no right for it:
//
//   - INTO OUTFILE and FROM INFILE: the library writes and reads the file itself;
//   - the function file(), in whatever way it is named: called, or given to arrayMap or APPLY;
//   - table functions that take a structure as text, such as format(): the text may have defaults, and these are SQL;
//   - table functions and engines of files, servers and programs: the rights refuse them, and this does, too.
//
// The check must not be misled, so it errs on the side of refusing. Names count in every case and quoting. Strings that
// have a parenthesis are read as SQL, too. From the first character on whose meaning is not plain (see [lexer]), names
// count inside strings and comments as well.

// keywords are refused wherever they stand. No column of ours is called so.
var keywords = names("outfile infile")

// functions are refused as a bare name: a name alone can be given to a function that calls it. After a dot it is a column.
var functions = names("file input_format_values_interpret_expressions input_format_values_deduce_templates_of_expressions")

// sources are refused when a parenthesis follows: they are functions and engines then.
var sources = names(`
	url urlcluster filecluster filesystem filelog disk executable executablepool remote remotesecure odbc jdbc dictionary eval
	s3 s3cluster s3queue gcs oss cosn hdfs hdfscluster azureblobstorage azureblobstoragecluster azurequeue
	iceberg icebergcluster icebergs3 icebergs3cluster icebergazure icebergazurecluster iceberghdfs iceberghdfscluster
	iceberglocal iceberglocalcluster deltalake deltalakecluster deltalakes3 deltalakes3cluster deltalakeazure
	deltalakeazurecluster deltalakelocal hudi hudicluster paimon paimoncluster paimons3 paimons3cluster paimonazure
	paimonazurecluster paimonhdfs paimonhdfscluster paimonlocal datalakecatalog
	mysql postgresql materializedpostgresql mongodb redis sqlite kafka nats rabbitmq ytsaurus arrowstream arrowflight
	keepermap backup python wasm catboostevaluate aigenerate aiclassify aiextract aiembed aitranslate http
	generaterandom fuzzjson fuzzquery input null`)

// engines are refused behind ENGINE, where no parenthesis need follow.
var engines = names(`
	url file filelog s3 s3queue gcs oss cosn hdfs azureblobstorage azurequeue iceberg icebergs3 icebergazure iceberghdfs
	iceberglocal deltalake deltalakes3 deltalakeazure deltalakelocal hudi paimon paimons3 paimonazure paimonhdfs paimonlocal
	executable executablepool dictionary remote remotesecure odbc jdbc mysql postgresql materializedpostgresql mongodb redis
	sqlite kafka nats rabbitmq ytsaurus arrowstream arrowflight keepermap embeddedrocksdb queryrunner filesystem backup
	datalakecatalog loop`)

func names(list string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		all[name] = true
	}
	return all
}

// forbidden says what a statement must not have, or "". params are the values of its parameters, of which some may stand
// for names.
func forbidden(text string, params []Parameter) string {
	if what := forbiddenTokens(text, 0); what != "" {
		return what
	}
	return forbiddenParameter(text, params)
}

// maxNesting is how deep strings within strings are read.
const maxNesting = 4

// forbiddenTokens looks at one token after the other.
func forbiddenTokens(text string, depth int) string {
	l := &lexer{sql: text, strict: true}
	var before, last token // the two tokens before this one
	for t := l.next(); ; t = l.next() {
		switch {
		case t.kind == tokenEnd:
			return ""
		case t.kind == tokenUnclear:
			return forbiddenRaw(t.text)
		case t.text == "(" && before.text != "." && isSource(last, l):
			return last.text
		case t.kind == tokenQuoted && strings.Contains(t.text, `\`):
			return "a name with a backslash"
		case keywords[t.name()],
			functions[t.name()] && !isColumn(before, last) && !isParameter(last, l),
			engines[t.name()] && isEngine(before, last):
			return t.text
		case t.kind == tokenString && strings.Contains(t.text, "("):
			if depth == maxNesting {
				return forbiddenRaw(t.text)
			}
			if what := forbiddenTokens(unescaped(t.text), depth+1); what != "" {
				return what
			}
		}
		before, last = last, t
	}
}

// isSource says whether the name before a parenthesis is a source. after stands behind the parenthesis.
func isSource(name token, after *lexer) bool {
	ahead := *after
	first, second := ahead.next(), ahead.next()
	switch name.name() {
	case "format": // the function has a pattern with braces, the table function the name of a format
		return first.kind != tokenString || !strings.Contains(first.text, "{") || second.text != ","
	case "values": // rows are harmless, a structure as text is not
		return first.text != "(" && (first.text < "0" || first.text > "9~")
	}
	return sources[name.name()]
}

// unescaped is what a string says, with every escape written out that can stand for a letter or a quote.
func unescaped(quoted string) string {
	inside := strings.TrimSuffix(strings.TrimPrefix(quoted, "'"), "'")
	var b strings.Builder
	for i := 0; i < len(inside); i++ {
		c := inside[i]
		switch {
		case c == '\'' && i+1 < len(inside) && inside[i+1] == '\'':
			i++
		case c == '\\' && i+1 < len(inside):
			i++
			c = inside[i]
			if n, err := strconv.ParseUint(inside[min(i+1, len(inside)):min(i+3, len(inside))], 16, 8); c == 'x' && err == nil {
				c, i = byte(n), i+2
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// isColumn says whether the tokens before a name make it a column of a table: "t.".
func isColumn(before, last token) bool { return last.text == "." && before.name() != "" }

// isParameter says whether a name stands in {name:Type}.
func isParameter(last token, after *lexer) bool {
	ahead := *after
	return last.text == "{" && ahead.next().text == ":"
}

// isEngine says whether the tokens before a name are ENGINE = or ENGINE.
func isEngine(before, last token) bool {
	return last.is("ENGINE") || last.text == "=" && before.is("ENGINE")
}

// forbiddenParameter looks for parameters that stand for a name.
func forbiddenParameter(text string, params []Parameter) string {
	if !strings.Contains(strings.ToLower(text), "identifier") {
		return ""
	}
	for _, p := range params {
		name := strings.ToLower(strings.Trim(strings.TrimSpace(p.Value), "`\""))
		if keywords[name] || functions[name] || sources[name] || strings.Contains(name, `\`) {
			return p.Value
		}
	}
	return ""
}

// forbiddenRaw looks at text of which it is not clear what is a string: every name counts.
func forbiddenRaw(text string) string {
	lower := strings.ToLower(text)
	for i := 0; i < len(lower); {
		if !isNameByte(lower[i]) {
			if lower[i] == '\\' {
				return `a backslash after a character that is not plain SQL`
			}
			i++
			continue
		}
		n := i
		for n < len(lower) && isNameByte(lower[n]) {
			n++
		}
		if name := lower[i:n]; keywords[name] || functions[name] || sources[name] {
			return text[i:n]
		}
		i = n
	}
	return ""
}

// isNameByte is plain ASCII only: whatever else stands between names may separate them.
func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
