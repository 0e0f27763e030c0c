package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// frontLimits bound what one client can take.
type frontLimits struct {
	headBytes  int64         // of a request that are read before its statement is looked at
	queryBytes int64         // of a statement without rows
	bodyBytes  int64         // of a request
	readWait   time.Duration // for one read of a body
	writeWait  time.Duration // for one write of a result
	statements int           // that run at once

	readOutBytes int64 // of a body that are read after its statement has failed
}

func defaultLimits() frontLimits {
	return frontLimits{
		headBytes:  1 << 20,
		queryBytes: 64 << 20,
		bodyBytes:  64 << 30,
		readWait:   time.Minute,
		writeWait:  5 * time.Minute,
		statements: 32,

		readOutBytes: 1 << 30,
	}
}

// front is the HTTP interface of a ClickHouse server, as far as clients of one node need it.
type front struct {
	connect  func(settings ...string) (*session, error)
	limits   frontLimits
	slots    chan struct{} // taken by running statements
	drained  int           // slots taken by drain
	loopback bool          // served on loopback only: then only pages and names of this machine may ask
	display  string
	zone     string // time zone that clients read DateTime values in
}

func newFront(connect func(settings ...string) (*session, error), limits frontLimits, loopback bool) *front {
	return &front{
		connect:  connect,
		limits:   limits,
		slots:    make(chan struct{}, limits.statements),
		loopback: loopback,
		display:  "friction-embedded",
	}
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-ClickHouse-Server-Display-Name", f.display)
	if f.loopback && !fromHere(r) {
		http.Error(w, "this server answers requests of its own machine only", http.StatusForbidden)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut:
	default:
		http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
		return
	}
	switch r.URL.Path {
	case "/ping", "/replicas_status":
		_, _ = io.WriteString(w, "Ok.\n")
	case "/":
		if r.Method != http.MethodPost && !r.URL.Query().Has("query") {
			_, _ = io.WriteString(w, "Ok.\n")
			return
		}
		f.answer(w, r)
	default:
		http.Error(w, "there is nothing at "+r.URL.Path+"; send queries to /", http.StatusNotFound)
	}
}

// drain waits until no statement runs, and keeps new ones from starting. It may be called again to wait on.
func (f *front) drain(wait time.Duration) error {
	timeout := time.After(wait)
	for f.drained < cap(f.slots) {
		select {
		case f.slots <- struct{}{}:
			f.drained++
		case <-timeout:
			return errors.New("statements are still running")
		}
	}
	return nil
}

// fromHere refuses what a page of another site, or a name re-bound to this machine, makes a browser send.
func fromHere(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !isLoopback(host) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	host = strings.Trim(host, "[]")
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// answer runs the statement of one request.
func (f *front) answer(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	c, err := parseCall(r)
	p := newReply(w, &c, f.limits.writeWait, started)
	if err != nil {
		p.fail(err)
		return
	}
	if c.queryID == "" {
		c.queryID = rand.Text()
	}
	w.Header().Set("X-ClickHouse-Query-Id", c.queryID)
	w.Header().Set("X-ClickHouse-Timezone", f.zone)
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-r.Context().Done():
		return
	}
	sum, err := f.run(w, r, &c, p)
	if err == nil {
		err = p.finish(sum)
	}
	if err != nil {
		f.readOut(r, p.control)
		p.fail(err)
	}
}

// readOut takes the rest of a body whose statement has failed: a client that is still sending would otherwise find the
// connection broken and never read why.
func (f *front) readOut(r *http.Request, control *http.ResponseController) {
	patient := &patientReader{r: r.Body, control: control, wait: f.limits.readWait}
	_, _ = io.CopyN(io.Discard, patient, f.limits.readOutBytes)
}

func (f *front) run(w http.ResponseWriter, r *http.Request, c *call, p *reply) (summary, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return summary{}, newEngineError(codeUnsupported, "NOT_IMPLEMENTED", "External tables are not supported by the embedded engine")
	}
	text, rest, err := f.statementText(w, r, c)
	if err != nil {
		return summary{}, err
	}
	mark := rand.Text()
	s, err := f.connect("--log_comment=" + mark)
	if err != nil {
		return summary{}, err
	}
	defer s.close()
	defer context.AfterFunc(r.Context(), func() { f.kill(mark) })()
	for _, sql := range c.prepare() {
		if _, err := s.query(statement{sql: sql, format: "Null"}, discard); err != nil {
			return summary{}, err
		}
	}
	if data, ok := splitInsert(text); ok {
		st := statement{sql: data.sql, format: data.format, params: c.params}
		return s.insert(st, io.MultiReader(strings.NewReader(text[data.rows:]), rest))
	}
	return f.read(r.Context(), s, c, statement{sql: text, format: c.defaultFormat, params: c.params}, p)
}

func discard([]byte) error { return nil }

// kill ends the statement of a client that is gone. The mark is found unless the client set a log_comment of its own;
// then the statement just runs to its end.
func (f *front) kill(mark string) {
	s, err := f.connect()
	if err != nil {
		return
	}
	defer s.close()
	_, _ = s.query(statement{sql: "KILL QUERY WHERE Settings['log_comment'] = " + quoteString(mark) + " ASYNC", format: "Null"}, discard)
}

// statementText returns the text of the statement. For an INSERT with rows the text ends anywhere in the rows, and
// rest is what follows it.
func (f *front) statementText(w http.ResponseWriter, r *http.Request, c *call) (string, io.Reader, error) {
	body, err := f.requestBody(w, r, c)
	if err != nil {
		return "", nil, err
	}
	input := body
	if c.query != "" {
		input = io.MultiReader(strings.NewReader(c.query+"\n"), body)
	}
	head, err := io.ReadAll(io.LimitReader(input, f.limits.headBytes))
	if err != nil {
		return "", nil, &bodyError{err}
	}
	if int64(len(head)) < f.limits.headBytes {
		return string(head), strings.NewReader(""), nil
	}
	if _, ok := splitInsert(string(head)); ok {
		return string(head), input, nil
	}
	rest, err := io.ReadAll(io.LimitReader(input, f.limits.queryBytes))
	if err != nil {
		return "", nil, &bodyError{err}
	}
	if int64(len(rest)) == f.limits.queryBytes {
		return "", nil, newEngineError(codeQueryTooLarge, "QUERY_IS_TOO_LARGE", "The statement is longer than %d bytes", f.limits.queryBytes)
	}
	return string(head) + string(rest), strings.NewReader(""), nil
}

// read runs anything but an INSERT with rows, in blocks where blocks of the format can stand one after the other.
func (f *front) read(ctx context.Context, s *session, c *call, st statement, p *reply) (summary, error) {
	format := resultFormat(st.sql)
	if format == "" {
		format = st.format
	}
	p.w.Header().Set("X-ClickHouse-Format", format)
	p.w.Header().Set("Content-Type", contentType(format))
	sink := func(data []byte) error {
		if ctx.Err() != nil {
			return context.Cause(ctx) // nobody waits for the rest
		}
		return p.write(data)
	}
	if strings.EqualFold(format, "Native") && c.revision > 0 {
		blocks, write := &nativeBlocks{revision: c.revision}, sink
		sink = func(data []byte) error { return blocks.convert(data, write) }
	}
	if inBlocks(format) {
		sum, err := s.stream(st, sink)
		if !errors.Is(err, errNotStreamable) {
			return sum, err
		}
	}
	return s.query(st, sink)
}

// inBlocks tells whether results in this format can be cut between rows: no head, no tail, no separator.
func inBlocks(format string) bool {
	switch strings.ToLower(format) {
	case "native", "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "csv", "tskv", "lineasstring",
		"jsoneachrow", "jsonlines", "ndjson", "jsoncompacteachrow", "jsonstringseachrow", "rowbinary":
		return true
	}
	return false
}

func contentType(format string) string {
	lower := strings.ToLower(format)
	switch {
	case strings.Contains(lower, "eachrow"), lower == "jsonlines", lower == "ndjson":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(lower, "json"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(lower, "csv"):
		return "text/csv; charset=UTF-8; header=" + headerWord(lower)
	case strings.HasPrefix(lower, "tabseparated"), strings.HasPrefix(lower, "tsv"):
		return "text/tab-separated-values; charset=UTF-8"
	case lower == "native", lower == "rowbinary", lower == "parquet", strings.HasPrefix(lower, "arrow"):
		return "application/octet-stream"
	}
	return "text/plain; charset=UTF-8"
}

func headerWord(format string) string {
	if strings.Contains(format, "withnames") {
		return "present"
	}
	return "absent"
}
