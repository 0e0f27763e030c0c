package front

import "testing"

// What is refused, in the forms that would mislead a check that reads less than the engine does.
func TestForbidden(t *testing.T) {
	for _, sql := range []string{
		"SELECT 1 INTO OUTFILE '/tmp/x'",
		"SELECT 1 into/**/outfile '/tmp/x' APPEND FORMAT TSVRaw",
		"SELECT 1 INTO -- a comment\nOutFile '/tmp/x'",
		"EXPLAIN SELECT 1 INTO OUTFILE '/tmp/x'",
		"SELECT 1 AS $a$, 2 INTO OUTFILE '/tmp/x'",
		"SELECT $$ ' $$ INTO OUTFILE '/tmp/x' -- '",
		"SELECT \u2018'\u2019, 1 INTO OUTFILE '/tmp/x' --'",
		"SELECT 1 # '\n INTO OUTFILE '/tmp/x' -- '",
		"SELECT 1\u00a0INTO OUTFILE '/tmp/x'",
		"INSERT INTO t FROM INFILE '/etc/passwd' FORMAT LineAsString",
		"SELECT file('/etc/passwd')",
		"SELECT file ( '/etc/passwd' )",
		"SELECT file/* ) */('/etc/passwd')",
		"SELECT file\u200b('/etc/passwd')",
		"SELECT `file`('/etc/passwd')",
		"SELECT \"file\"('/etc/passwd')",
		"SELECT `fi\\x6ce`('/etc/passwd')",
		"SELECT arrayMap(file, ['/etc/passwd'])",
		"SELECT arrayMap(`file`, ['/etc/passwd'])",
		"SELECT * APPLY file FROM (SELECT '/etc/passwd')",
		"SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
		"SELECT {file}",
		"SELECT 1.file",
		"SELECT * FROM file('/etc/passwd')",
		"SELECT * FROM FILE('/etc/passwd', TSV)",
		"INSERT INTO FUNCTION file('x', TSV, 'x String') SELECT 'a'",
		"INSERT INTO TABLE FUNCTION url('http://h/', TSV, 'x String') SELECT 'a'",
		"SELECT * FROM url('http://h/')",
		"SELECT * FROM URL ('http://h/')",
		"SELECT * FROM `url`('http://h/')",
		"SELECT * FROM s3('http://h/b/k')",
		"SELECT * FROM remote('h', system.one)",
		"SELECT * FROM remoteSecure('h', system.one)",
		"SELECT * FROM executable('x', TSV, 'x String')",
		"SELECT * FROM mysql('h', 'd', 't', 'u', 'p')",
		"SELECT * FROM t WHERE x IN (SELECT * FROM url('http://h/'))",
		"CREATE TABLE t (x String) ENGINE = File(TSV)",
		"CREATE TABLE t (x String) ENGINE = URL('http://h/')",
		"CREATE TABLE t (x String) ENGINE File(TSV)",
		"CREATE TABLE t (x String) ENGINE = `Executable`('x', TSV)",
		"CREATE TABLE t (x String) ENGINE = MergeTree ORDER BY x SETTINGS disk = disk(type = web, endpoint = 'http://h/')",
		"CREATE DATABASE d ENGINE = Filesystem",
		"CREATE DICTIONARY d (x String) PRIMARY KEY x SOURCE(HTTP(url 'http://h/'))",
		"BACKUP TABLE t TO File('/tmp/x')",
		"RESTORE TABLE t FROM Disk('d', 'x')",
		"SELECT * FROM format(JSONEachRow, 'x String DEFAULT file(\\'/etc/passwd\\')', '{}')",
		"SELECT * FROM format(concat('JSON', 'EachRow'), concat('x String DEFAULT fi', 'le(1)'), '{}')",
		"SELECT * FROM format('JSONEachRow', 'x String', '{}')",
		"SELECT * FROM values('y Int8, x String ALIAS file(1)', (1))",
		"SELECT * FROM values(concat('y Int8, x String ALIAS fi', 'le(1)'), (1))",
		"SELECT * FROM generateRandom('x String ALIAS file(1)')",
		"SELECT 1 SETTINGS additional_result_filter = 'throwIf(1, file(\\'/etc/passwd\\'))'",
		"SELECT 1 SETTINGS additional_result_filter = 'throwIf(1, fi\\x6ce(1))'",
		"SELECT * FROM format(Values, 'x String', '(1)') SETTINGS input_format_values_interpret_expressions = 1",
	} {
		if forbidden(sql, nil) == "" {
			t.Errorf("passes: %s", sql)
		}
	}
	for _, sql := range []string{
		"SELECT 1",
		"SELECT url, page FROM friction.signals WHERE page LIKE '%/file/%' AND url IN ('/a', '/b')",
		"SELECT t.file, x.`file` FROM t",
		"SELECT format('{} of {}', a, b), match(page, '^/[a-z]+$') FROM t -- a file",
		"INSERT INTO t (url) ",
		"SELECT * FROM values((1, 2), (3, 4))",
		"SELECT 'the file' AS profile, {file:String}",
		"SELECT 'ä', \"größe\" FROM t",
		"SELECT count() FROM t WHERE x IS NULL",
		"CREATE TABLE t (x String COMMENT 'of a file') ENGINE = ReplacingMergeTree(v) ORDER BY x",
		"SELECT toUnixTimestamp64Milli(now64(3)), map('file', 1)['file']",
	} {
		if what := forbidden(sql, nil); what != "" {
			t.Errorf("%s is refused for %q", sql, what)
		}
	}
	named := []Parameter{{Name: "f", Value: "file"}}
	if forbidden("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])", named) == "" || forbidden("SELECT {f:String}", named) != "" {
		t.Error("a parameter that stands for a name counts as one, and no other")
	}
}
