package front

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// Session is one connection to the engine. It runs one statement at a time.
type Session interface {
	// Query runs one statement and hands its whole result to sink. The bytes are valid only inside sink.
	Query(st Statement, sink func([]byte) error) (Summary, error)
	// Stream runs one SELECT and hands its result to sink block by block, each a complete document in the format. It
	// returns ErrNotStreamable, with nothing done, for statements the engine runs in one piece only.
	Stream(st Statement, sink func([]byte) error) (Summary, error)
	// Insert runs an INSERT whose rows, in st.Format, are read from body. A failed read of the body is a BodyError.
	Insert(st Statement, body io.Reader) (Summary, error)
}

// Connect opens a session with settings ("--name=value") of its own; closing ends it.
type Connect func(settings ...string) (s Session, closing func(), err error)

// limits bound what one client can take.
type limits struct {
	headBytes  int64         // of a request that are read before its statement is looked at
	queryBytes int64         // of a statement without rows
	bodyBytes  int64         // of a request
	readWait   time.Duration // for one read of a body
	writeWait  time.Duration // for one write of a result
	statements int           // that run at once

	readOutBytes int64 // of a body that are read after its statement has failed
}

func defaultLimits() limits {
	return limits{
		headBytes:  1 << 20,
		queryBytes: 64 << 20,
		bodyBytes:  64 << 30,
		readWait:   time.Minute,
		writeWait:  5 * time.Minute,
		statements: 32,

		readOutBytes: 1 << 30,
	}
}

// Handler is the HTTP interface of a ClickHouse server, as far as clients of one node need it.
type Handler struct {
	o       Options
	guard   guard
	limits  limits
	slots   chan struct{} // taken by running statements
	drained int           // slots taken by Drain
	display string
}

// Options are what a Handler needs.
type Options struct {
	Connect  Connect
	Secret   string // who asks must give it as the password
	Loopback bool   // served on loopback only: then only names of this machine are answered to
	Zone     string // time zone that clients read DateTime values in
}

// New makes a handler.
func New(o Options) *Handler { return newHandler(o, defaultLimits()) }

func newHandler(o Options, l limits) *Handler {
	return &Handler{o: o, guard: newGuard(o.Secret, o.Loopback), limits: l, slots: make(chan struct{}, l.statements), display: "friction-embedded"}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-ClickHouse-Server-Display-Name", h.display)
	protect(w.Header())
	if no := h.guard.check(r); no != nil {
		no.write(w)
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
		h.answer(w, r)
	default:
		http.Error(w, "there is nothing at "+r.URL.Path+"; send queries to /", http.StatusNotFound)
	}
}

// Drain waits until no statement runs, and keeps new ones from starting. It may be called again to wait on.
func (h *Handler) Drain(wait time.Duration) error {
	timeout := time.After(wait)
	for h.drained < cap(h.slots) {
		select {
		case h.slots <- struct{}{}:
			h.drained++
		case <-timeout:
			return errors.New("statements are still running")
		}
	}
	return nil
}

// answer runs the statement of one request.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	c, err := parseCall(r)
	p := newReply(w, &c, h.limits.writeWait, started)
	if err != nil {
		p.fail(err)
		return
	}
	if c.queryID == "" {
		c.queryID = rand.Text()
	}
	w.Header().Set("X-ClickHouse-Query-Id", c.queryID)
	w.Header().Set("X-ClickHouse-Timezone", h.o.Zone)
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-r.Context().Done():
		return
	}
	sum, err := h.run(w, r, &c, p)
	if err == nil {
		err = p.finish(sum)
	}
	if err != nil {
		h.readOut(r, p.control)
		p.fail(err)
	}
}

// readOut takes the rest of a body whose statement has failed: a client that is still sending would otherwise find the
// connection broken and never read why.
func (h *Handler) readOut(r *http.Request, control *http.ResponseController) {
	patient := &patientReader{r: r.Body, control: control, wait: h.limits.readWait}
	_, _ = io.CopyN(io.Discard, patient, h.limits.readOutBytes)
}

// run executes one statement on a connection of its own. If the client goes away, the statement is killed by its tag.
func (h *Handler) run(w http.ResponseWriter, r *http.Request, c *call, p *reply) (Summary, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return Summary{}, newEngineError(codeUnsupported, "NOT_IMPLEMENTED", "External tables are not supported by the embedded engine")
	}
	text, rest, err := h.statementText(w, r, c)
	if err != nil {
		return Summary{}, err
	}
	data, isInsert := splitInsert(text)
	checked := text
	if isInsert {
		checked = data.sql
	}
	prepare := c.prepare()
	if isInsert && rest == nil && strings.EqualFold(data.format, "Values") && forbidden(text[data.rows:], nil) == "" {
		prepare = append([]string{allowExpressions}, prepare...)
	}
	if what := forbidden(checked, c.params); what != "" {
		return Summary{}, newEngineError(codeAccessDenied, "ACCESS_DENIED",
			"%q is not allowed over HTTP: no files, other servers or programs here. (A column of that name is written with its table: t.%s)", what, strings.Trim(what, "`\""))
	}
	tag := rand.Text()
	s, closing, err := h.o.Connect("--log_comment=" + tag)
	if err != nil {
		return Summary{}, err
	}
	defer closing()
	defer context.AfterFunc(r.Context(), func() { h.kill(tag) })()
	for _, sql := range prepare {
		if _, err := s.Query(Statement{SQL: sql, Format: "Null"}, discard); err != nil {
			return Summary{}, err
		}
	}
	if isInsert {
		st := Statement{SQL: data.sql, Format: data.format, Params: c.params}
		var rows io.Reader = strings.NewReader(text[data.rows:])
		if rest != nil {
			rows = io.MultiReader(rows, rest)
		}
		return s.Insert(st, rows)
	}
	return h.read(r.Context(), s, c, Statement{SQL: text, Format: c.defaultFormat, Params: c.params}, p)
}

func discard([]byte) error { return nil }

// kill ends the statement of a client that is gone. The tag is found unless the client set a log_comment of its own;
// then the statement just runs to its end.
func (h *Handler) kill(tag string) {
	s, closing, err := h.o.Connect()
	if err != nil {
		return
	}
	defer closing()
	_, _ = s.Query(Statement{SQL: "KILL QUERY WHERE Settings['log_comment'] = " + quoteString(tag) + " ASYNC", Format: "Null"}, discard)
}

// allowExpressions lets rows after VALUES be expressions. They are SQL, so they are allowed only where all rows have been
// checked; the rights of the user have it off.
const allowExpressions = "SET input_format_values_interpret_expressions = 1, input_format_values_deduce_templates_of_expressions = 1"

// statementText returns the text of the statement. For a long INSERT the text ends anywhere in the rows, and rest is what
// follows it; else rest is nil.
func (h *Handler) statementText(w http.ResponseWriter, r *http.Request, c *call) (string, io.Reader, error) {
	body, err := h.requestBody(w, r, c)
	if err != nil {
		return "", nil, err
	}
	input := body
	if c.query != "" {
		input = io.MultiReader(strings.NewReader(c.query+"\n"), body)
	}
	head, err := io.ReadAll(io.LimitReader(input, h.limits.headBytes))
	if err != nil {
		return "", nil, &BodyError{err}
	}
	if int64(len(head)) < h.limits.headBytes {
		return string(head), nil, nil
	}
	if _, ok := splitInsert(string(head)); ok {
		return string(head), input, nil
	}
	rest, err := io.ReadAll(io.LimitReader(input, h.limits.queryBytes))
	if err != nil {
		return "", nil, &BodyError{err}
	}
	if int64(len(rest)) == h.limits.queryBytes {
		return "", nil, newEngineError(codeQueryTooLarge, "QUERY_IS_TOO_LARGE", "The statement is longer than %d bytes", h.limits.queryBytes)
	}
	return string(head) + string(rest), nil, nil
}

// read runs anything but an INSERT with rows, in blocks where blocks of the format can stand one after the other.
func (h *Handler) read(ctx context.Context, s Session, c *call, st Statement, p *reply) (Summary, error) {
	format := resultFormat(st.SQL)
	if format == "" {
		format = st.Format
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
		sum, err := s.Stream(st, sink)
		if !errors.Is(err, ErrNotStreamable) {
			return sum, err
		}
	}
	return s.Query(st, sink)
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
