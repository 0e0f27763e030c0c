package adapter

import (
	"fmt"
	"strings"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// show writes a map back in full.
func show(list []assignment, star bool) string {
	var parts []string
	for _, a := range list {
		var terms []string
		for _, m := range a.terms {
			if m.column == "" {
				terms = append(terms, fmt.Sprintf("'%s'", m.constant))
			} else {
				terms = append(terms, fmt.Sprintf("[%s]@%d", m.column, m.at))
			}
		}
		parts = append(parts, fmt.Sprintf("%d.%s=%s:%d", a.field, a.part, strings.Join(terms, "+"), a.unit))
	}
	if star {
		parts = append(parts, "*")
	}
	return strings.Join(parts, " ")
}

func TestMaps(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		list, star, err := parseMap(text, nil)
		got := show(list, star)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
	const rest = ",user=u,type='x'"
	f("time=t"+rest, "1.=[t]@6:0 2.=[u]@13:0 3.='x':0")
	f(" time = t : s , user = the user , type = 'a''b' + \"a,b\"\"c\" ", `1.=[t]@9:2 2.=[the user]@24:0 3.='a'b'+[a,b"c]@51:0`)
	f("time=t:rfc3339"+rest+",duration_ms=d:us", "1.=[t]@6:1 2.=[u]@21:0 3.='x':0 14.=[d]@44:4")
	f("time=t:ms"+rest+",attrs=*", "1.=[t]@6:3 2.=[u]@16:0 3.='x':0 *")
	f("time=t:ns"+rest+",target=e,target.classes=c,context.app_version=v,error.kind='k',attrs.a.b=n",
		"1.=[t]@6:5 2.=[u]@16:0 3.='x':0 18.id=[e]@34:0 18.classes=[c]@51:0 19.app_version=[v]@73:0 20.kind='k':0 21.a.b=[n]@100:0")
	f("time=t,op=''+m"+rest, "1.=[t]@6:0 10.=''+[m]@14:0 2.=[u]@21:0 3.='x':0")

	f("", `map: it is empty: want field=column, …`)
	f("time", `map: at character 5: want "=" after the field`)
	f("=t", `map: at character 1: "" is no field: want one of `+mapFields)
	f("tme=t", `map: at character 1: "tme" is no field: want one of `+mapFields)
	f("time=t,target.x=a", `map: at character 8: "target.x" is no field: want one of `+mapFields)
	f("time=t,context=a", `map: at character 8: "context" is no field: want one of `+mapFields)
	f("time=t,user.id=a", `map: at character 8: "user.id" is no field: want one of `+mapFields)
	f("time=t,attrs.=a", `map: at character 8: "attrs." is no field: want one of `+mapFields)
	f("time=t,attrs=a", `map: at character 14: want "*" for all other columns, or attrs.NAME=COLUMN`)
	f("time=", `map: at character 6: want a column or a 'constant'`)
	f("time=t,,", `map: at character 8: want "=" after the field`)
	f("time=t+,user=u", `map: at character 8: want a column or a 'constant'`)
	f("time=t,user='u", `map: at character 13: want a closing '`)
	f(`time="t`, `map: at character 6: want a closing "`)
	f(`time=""`, `map: at character 8: want a column or a 'constant'`)
	f("time=t'x'", `map: at character 7: want a comma before the next field`)
	f("time=t:h", `map: at character 8: unit "h": want s, ms, us, ns, rfc3339 or a time zone such as Europe/Berlin`)
	f("time=t:", `map: at character 8: unit "": want s, ms, us, ns, rfc3339 or a time zone such as Europe/Berlin`)
	f("status=t:s", `map: at character 10: only times and duration_ms have a unit`)
	f("duration_ms=t:rfc3339", `map: at character 15: unit "rfc3339": want s, ms, us or ns`)
	f("time=t,time=u", `map: at character 8: time is given twice`)
	f("time=t,user=u", `map: nothing for type: want type=COLUMN or type='a constant'`)
	f("user=u,type=t", `map: nothing for time: want time=COLUMN or time='a constant'`)
}

// FuzzMap looks for maps that are accepted and then cannot be used.
func FuzzMap(f *testing.F) {
	for _, s := range []string{"time=t,user=u,type='x'", "time=t:s,user=u+' '+v,type=\"a\"\"b\",attrs=*", "time='1',user='u',type=''"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, _, err := parseMap(text, nil)
		if err != nil {
			return
		}
		var columns []string
		seen := map[string]bool{}
		for _, a := range list {
			for _, m := range a.terms {
				if m.column != "" && !seen[m.column] {
					seen[m.column], columns = true, append(columns, m.column)
				}
			}
		}
		table, err := newTable(&Options{Format: CSV, Map: text})
		if err != nil {
			t.Fatalf("map %q: %v", text, err)
		}
		if len(columns) == 0 {
			columns = []string{"other"}
		}
		if err := table.SetHeader(columns); err != nil {
			t.Fatalf("map %q: %v", text, err)
		}
		var e event.Event
		b := fields.NewBuilder(fields.Config{MaxIDBytes: 512, MaxTextBytes: 2048, MaxAttrs: 64})
		b.Begin(&e)
		table.Read([]byte(strings.Repeat("1,", len(columns)-1)+"1"), b)
	})
}
