package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math/rand/v2"
	"slices"
	"strings"
)

// site is one mutant: a place in a file, and what stands there instead while
// its switch is on.
type site struct {
	id         int
	pkg, file  string
	start, end int    // bytes of the file
	at         string // file:line, for people
	what       string // the change, for people
	innermost  bool   // of sites with the same text: it has no place for another
	verdict    verdict

	// render is the text with the switch. Inner renders a part of the file, with
	// what is changed in it; again is the site's own text, with the changes of other sites.
	render func(inner func(from, to int) string, again string) string
}

// verdict is what became of a mutant.
type verdict string

const (
	unjudged  verdict = ""
	killed    verdict = "killed"
	timedOut  verdict = "timed out"
	survived  verdict = "survived"
	unreached verdict = "unreached" // no test runs the code
	unviable  verdict = "unviable"  // it does not compile
)

// other is the operators that may stand in the place of one.
var other = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL},
}

// arithmetic names the functions of the switch package for operators on numbers.
var arithmetic = map[token.Token]string{token.ADD: "Add", token.SUB: "Sub", token.MUL: "Mul", token.QUO: "Quo"}

// draw finds all sites and takes a sample of them.
func draw(packages []*source, o options) (sample []*site, all int) {
	var sites []*site
	for _, p := range packages {
		if !p.mutate {
			continue
		}
		for _, f := range p.files {
			if o.only == "" || strings.Contains(f.path, o.only) {
				c := &collector{p: p, f: f}
				for _, d := range f.tree.Decls {
					if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
						ast.Inspect(fn.Body, c.visit)
					}
				}
				sites = append(sites, c.sites...)
			}
		}
	}
	dice := rand.New(rand.NewPCG(o.seed, 0))
	for i, at := range dice.Perm(len(sites))[:min(o.sample, len(sites))] {
		sites[at].id = i + 1
		sample = append(sample, sites[at])
	}
	return sample, len(sites)
}

// collector finds the sites of a file.
type collector struct {
	p     *source
	f     *goFile
	sites []*site
}

func (c *collector) add(n ast.Node, what string, render func(id int, inner func(from, to int) string, again string) string) {
	s := &site{
		pkg: c.p.name, file: c.f.path, start: c.p.offset(n.Pos()), end: c.p.offset(n.End()),
		at: fmt.Sprintf("%s:%d", c.f.path, c.p.fset.Position(n.Pos()).Line), what: what,
	}
	s.render = func(inner func(from, to int) string, again string) string { return render(s.id, inner, again) }
	c.sites = append(c.sites, s)
}

func (c *collector) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		c.binary(n)
	case *ast.BlockStmt:
		c.statements(n.List)
	case *ast.CaseClause:
		c.statements(n.Body)
	case *ast.IfStmt:
		c.condition(n.Cond)
	case *ast.ReturnStmt:
		c.results(n)
	}
	return true
}

// text is the source of a node, on one line.
func (c *collector) text(n ast.Node) string {
	text := strings.Join(strings.Fields(string(c.f.text[c.p.offset(n.Pos()):c.p.offset(n.End())])), " ")
	if len(text) > 70 {
		text = text[:70] + "…"
	}
	return text
}

// binary changes an operator.
func (c *collector) binary(n *ast.BinaryExpr) {
	known := c.p.info.Types[n]
	if known.Value != nil || known.Type == nil {
		return // a constant
	}
	left, right := [2]int{c.p.offset(n.X.Pos()), c.p.offset(n.X.End())}, [2]int{c.p.offset(n.Y.Pos()), c.p.offset(n.Y.End())}
	for _, op := range other[n.Op] {
		what := fmt.Sprintf("%s → %s in %s", n.Op, op, c.text(n))
		if name := arithmetic[n.Op]; name != "" {
			if basic, ok := known.Type.Underlying().(*types.Basic); !ok || basic.Info()&types.IsNumeric == 0 {
				continue
			}
			c.add(n, what, func(id int, inner func(int, int) string, _ string) string {
				return fmt.Sprintf("%s.%s(%d, %s, %s)", alias, name, id, inner(left[0], left[1]), inner(right[0], right[1]))
			})
			c.sites[len(c.sites)-1].innermost = true
			continue
		}
		c.add(n, what, func(id int, inner func(int, int) string, again string) string {
			return fmt.Sprintf("func() bool { if %s.On(%d) { return %s %s %s }; return %s }()",
				alias, id, inner(left[0], left[1]), op, inner(right[0], right[1]), again)
		})
	}
}

// condition turns the condition of an if round, unless it has operators of its own.
func (c *collector) condition(e ast.Expr) {
	switch e.(type) {
	case *ast.CallExpr, *ast.Ident, *ast.SelectorExpr, *ast.UnaryExpr, *ast.IndexExpr:
		c.negate(e, "negate "+c.text(e))
	}
}

func (c *collector) negate(e ast.Expr, what string) {
	c.add(e, what, func(id int, _ func(int, int) string, again string) string {
		return fmt.Sprintf("%s.Not(%d, %s)", alias, id, again)
	})
}

// results changes what is returned: a truth is turned round, anything else is the zero of its type.
func (c *collector) results(n *ast.ReturnStmt) {
	for _, e := range n.Results {
		known := c.p.info.Types[e]
		if known.Type == nil || known.IsNil() {
			continue
		}
		basic, isBasic := known.Type.Underlying().(*types.Basic)
		switch _, multiple := known.Type.(*types.Tuple); {
		case multiple:
		case isBasic && basic.Info()&types.IsBoolean != 0:
			if _, operators := e.(*ast.BinaryExpr); !operators {
				c.negate(e, "return the contrary of "+c.text(e))
			}
		case known.Value != nil && (isLiteral(e) || !nonZero(known.Value)):
		default:
			c.add(e, "return zero for "+c.text(e), func(id int, _ func(int, int) string, again string) string {
				return fmt.Sprintf("%s.Zero(%d, %s)", alias, id, again)
			})
		}
	}
}

// isLiteral reports a number or text that has no type of its own.
func isLiteral(e ast.Expr) bool {
	_, ok := e.(*ast.BasicLit)
	return ok
}

func nonZero(v constant.Value) bool {
	switch v.Kind() {
	case constant.String:
		return constant.StringVal(v) != ""
	case constant.Int, constant.Float:
		return constant.Sign(v) != 0
	}
	return true
}

// statements leaves statements out, or counts the other way.
func (c *collector) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && !isPanic(call) {
				c.leaveOut(s)
			}
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE && !blank(s) {
				c.leaveOut(s)
			}
		case *ast.IncDecStmt:
			c.leaveOut(s)
		case *ast.BranchStmt:
			if s.Tok == token.CONTINUE || s.Tok == token.BREAK {
				c.leaveOut(s)
			}
		case *ast.ReturnStmt:
			if len(s.Results) == 0 {
				c.leaveOut(s)
			}
		}
	}
}

func (c *collector) leaveOut(s ast.Stmt) {
	c.add(s, "leave out "+c.text(s), func(id int, _ func(int, int) string, again string) string {
		return fmt.Sprintf("if !%s.On(%d) { %s }", alias, id, again)
	})
}

func isPanic(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "panic"
}

// blank reports an assignment that only uses its values.
func blank(s *ast.AssignStmt) bool {
	return !slices.ContainsFunc(s.Lhs, func(e ast.Expr) bool { id, ok := e.(*ast.Ident); return !ok || id.Name != "_" })
}
