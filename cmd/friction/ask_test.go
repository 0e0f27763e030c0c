package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"friction/pipeline/pipetest/testcluster"
)

// tables is the one ClickHouse of this package's tests that need only that.
var tables testcluster.Server

// shop is a database that holds a few hours of the simulated shop, whose payment step breaks eighty minutes before now.
type shop struct {
	t  *testing.T
	d  *testcluster.Database
	at []string // flags: where, and the time to ask about
}

var closing = time.Date(2026, 8, 20, 18, 0, 0, 0, time.UTC)

func openShop(t *testing.T) shop {
	t.Helper()
	d := tables.Database(t)
	d.Shop(testcluster.ShopOptions{
		Seed: 4, Start: closing.Add(-3 * time.Hour), Until: closing, Rate: 8, Breaks: "checkout/payment", BreaksAt: closing.Add(-80 * time.Minute),
	})
	return shop{t, d, []string{"--clickhouse", d.DSN, "--set", "clickhouse.database=" + d.Name}}
}

// ask runs a command that succeeds.
func (s shop) ask(args string) (out, errs string) {
	s.t.Helper()
	code, out, errs := call(s.t, append(strings.Fields(args), s.at...)...)
	if code != exitOK {
		s.t.Fatalf("%s: exit %d: %s", args, code, errs)
	}
	return out, errs
}

// objects runs a command with --json.
func (s shop) objects(args string) []map[string]any {
	s.t.Helper()
	out, errs := s.ask(args + " --json")
	var all []map[string]any
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		s.t.Fatalf("%s: %v in %s%s", args, err, out, errs)
	}
	return all
}

const lastHours = " --from 2026-08-20T15:00 --to 2026-08-20T18:00"

func TestQuestionsOnTheShop(t *testing.T) {
	s := openShop(t)
	t.Run("funnel", s.with(funnelOnTheShop))
	t.Run("what hurts", s.with(hurtOnTheShop))
	t.Run("forms", s.with(formsOfAnswers))
	t.Run("mistakes", s.with(mistakesOnTheShop))
	t.Run("story", s.with(storyOnTheShop))
}

func (s shop) with(test func(*testing.T, shop)) func(*testing.T) {
	return func(t *testing.T) {
		s.t = t
		test(t, s)
	}
}

func funnelOnTheShop(t *testing.T, s shop) {
	steps := s.objects("funnel checkout --window 1h" + lastHours)
	if len(steps) != 4 || steps[0]["step"] != "cart" || steps[3]["step"] != "confirmation" || steps[0]["of_first"] != 1. {
		t.Fatalf("got %v", steps)
	}
	for i := 1; i < 4; i++ {
		if steps[i]["visitors"].(float64) >= steps[i-1]["visitors"].(float64) || steps[i]["visitors"].(float64) < 20 {
			t.Errorf("step %d has %v visitors after %v", i+1, steps[i]["visitors"], steps[i-1]["visitors"])
		}
	}
	out, _ := s.ask("funnel checkout" + lastHours)
	lines := strings.Split(out, "\n")
	if !strings.HasPrefix(out, "checkout, ordered, by user, within 24h of the first step; attempts begun from 2026-08-20T15:00:00Z to 2026-08-20T18:00:00Z\nNUMBER  STEP") ||
		!strings.HasPrefix(lines[2], "     1  cart") || !strings.Contains(out, "still within their window and may continue.") {
		t.Errorf("got\n%s", out)
	}
	values := map[any]bool{}
	for _, row := range s.objects("funnel checkout --by device --attribution last" + lastHours) {
		values[row["value"]] = true
	}
	if len(values) != 2 {
		t.Errorf("devices %v", values)
	}
	worse := s.objects("funnel checkout --window 30m --from 2026-08-20T16:40 --to 2026-08-20T18:00 --compare previous")
	if len(worse) != 4 || worse[3]["significant"] != true || worse[3]["high_share"].(float64) >= 0 {
		t.Errorf("that the step is broken is not seen: %v", worse)
	}
	if got := s.objects("funnel checkout --compare device=mobile,desktop" + lastHours); len(got) != 4 {
		t.Errorf("got %v", got)
	}
	total := 0.
	for _, bin := range s.objects("funnel checkout --window 1h --times 1-4" + lastHours) {
		total += bin["visitors"].(float64)
	}
	if total != steps[3]["visitors"] {
		t.Errorf("%v visitors in bins, %v converted", total, steps[3]["visitors"])
	}
	dropped := 0.
	for _, row := range s.objects("funnel checkout --window 1h --next --reached 1" + lastHours) {
		dropped += row["visitors"].(float64)
	}
	if paths := s.objects("funnel checkout --window 1h --reached 1" + lastHours); len(paths) == 0 || dropped > steps[0]["dropped"].(float64) {
		t.Errorf("%d paths; %v went elsewhere of %v", len(paths), dropped, steps[0]["dropped"])
	}
}

func hurtOnTheShop(t *testing.T, s shop) {
	for args, want := range map[string]string{
		"scores --min-visits 30 --from 2026-08-20T17:00 --to 2026-08-20T18:00":                  "payment",
		"scores checkout --segment device=mobile --from 2026-08-20T17:00 --to 2026-08-20T18:00": "payment",
		"spikes --at 2026-08-20T18:00 --min-visits 10":                                          "payment",
		"spikes --min-visits 10": "payment",
	} {
		if got := s.objects(args); len(got) == 0 || got[0]["step"] != want {
			t.Errorf("%s: got %v", args, got)
		}
	}
	if got := s.objects("spikes --at 2026-08-20T16:30 --min-visits 10"); len(got) != 0 {
		t.Errorf("before the incident: %v", got)
	}
	if all := s.objects("spikes --all --at 2026-08-20T16:30"); len(all) != 8 {
		t.Errorf("%d of 8 steps", len(all))
	}
	places := s.objects("places checkout payment --limit 3 --from 2026-08-20T17:00 --to 2026-08-20T18:00")
	if len(places) != 3 || !strings.Contains(places[0]["page"].(string)+places[1]["page"].(string), "ayment") {
		t.Errorf("got %v", places)
	}
	var payment map[string]any
	for _, row := range s.objects("impact checkout" + lastHours) {
		if row["step"] == "payment" {
			payment = row
		}
	}
	if payment == nil || payment["lost_low"].(float64) <= 0 {
		t.Errorf("payment costs conversions beyond doubt: %v", payment)
	}
	if out, _ := s.ask("scores --by device" + lastHours); !strings.Contains(out, "SCORE LOW") || !strings.Contains(out, "desktop") {
		t.Errorf("got\n%s", out)
	}
}

// A printed query, run as it is, gives what the command gives; CSV and JSON agree.
func formsOfAnswers(t *testing.T, s shop) {
	for _, args := range []string{"funnel checkout --by os", "scores --by country", "places", "impact checkout", "sessions checkout payment"} {
		args += lastHours
		rows := s.objects(args)
		sql, _ := s.ask(args + " --sql")
		if got := s.d.Ask(strings.TrimSuffix(strings.TrimSpace(sql), ";")); len(got) != len(rows) || len(rows) == 0 {
			t.Errorf("%s: %d rows from the printed query, %d from the command", args, len(got), len(rows))
		}
		text, _ := s.ask(args + " --csv")
		lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || len(lines) != len(rows)+1 {
			t.Fatalf("%s: %d lines of CSV, %v", args, len(lines), err)
		}
		for k, name := range lines[0] {
			if want, ok := rows[0][name].(string); ok && lines[1][k] != want {
				t.Errorf("%s: %s is %q in CSV and %q in JSON", args, name, lines[1][k], want)
			}
		}
	}
}

func mistakesOnTheShop(t *testing.T, s shop) {
	for args, want := range map[string]string{
		"funnel chekout":                   `friction funnel: there is no journey "chekout"; known are checkout, sign-up, and site with every page as a step; did you mean checkout?`,
		"funnel checkout --steps cart,pay": `friction funnel: journey checkout has no step "pay"; its steps are cart, address, payment, confirmation`,
		"places checkout paiment":          `friction places: journey checkout has no step "paiment"; its steps are cart, address, payment, confirmation; did you mean payment?`,
		"scores nothing":                   `friction scores: there is no journey "nothing"`,
	} {
		if code, _, errs := call(t, append(strings.Fields(args), s.at...)...); code != exitUsage || !strings.HasPrefix(errs, want) {
			t.Errorf("%s: exit %d, %s", args, code, errs)
		}
	}
	out, errs := s.ask("funnel checkout --json --from 2020-01-01 --to 2020-01-02")
	if strings.TrimSpace(out) != "[\n]" || !strings.Contains(errs, "No attempt at checkout between 2020-01-01T00:00:00Z and 2020-01-02T00:00:00Z. There are ") || !strings.Contains(errs, "app shop, with the dimensions app_version, browser") {
		t.Errorf("%s%s", out, errs)
	}
	code, _, errs := call(t, "session", "0f8fad5b-d9cb-469f-a165-70867728950e", "--clickhouse", s.d.DSN, "--set", "clickhouse.database="+s.d.Name)
	if code != exitFailed || !strings.Contains(errs, "Nothing is known of session 0f8fad5b") {
		t.Errorf("exit %d, %s", code, errs)
	}
	if code, _, errs := call(t, "scores", "--clickhouse", s.d.DSN, "--set", "clickhouse.database=empty"); code != exitFailed || !strings.Contains(errs, "run friction migrate up") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// Rows of an app beyond the limit are under "other": --app with the app as sent says so, and --app other deletes them.
func forgetUnderOther(t *testing.T, s shop, user string) {
	t.Helper()
	const hint = "rows of %s under app other"
	if out, _ := s.ask("forget " + user + " --app shop"); strings.Contains(out, fmt.Sprintf(hint, user)) {
		t.Errorf("nothing is under other:\n%s", out)
	}
	log := s.d.Name + ".sessions_log"
	s.d.Ask("INSERT INTO " + log + " SELECT * REPLACE ('other' AS app) FROM " + log + " WHERE user = '" + user + "'")
	for _, app := range []string{"shop", "app-without-a-place"} {
		if out, _ := s.ask("forget " + user + " --app " + app); !strings.Contains(out, fmt.Sprintf(hint, user)) {
			t.Errorf("--app %s does not say what is under other:\n%s", app, out)
		}
	}
	if out, _ := s.ask("forget " + user + " --app other --yes --no-kafka"); !strings.Contains(out, "Deleted, and counted again") {
		t.Errorf("got\n%s", out)
	}
	if out, _ := s.ask("forget " + user + " --app shop"); strings.Contains(out, fmt.Sprintf(hint, user)) || !strings.Contains(out, "Nothing has been deleted.") {
		t.Errorf("after forgetting those of other:\n%s", out)
	}
}

// One who gave up at payment: their story, and then they are forgotten.
func storyOnTheShop(t *testing.T, s shop) {
	found := s.objects("sessions checkout payment --outcome dropped --signal retry --from 2026-08-20T16:40 --to 2026-08-20T18:00")
	if len(found) == 0 {
		t.Fatal("nobody gave up at payment")
	}
	id, user := found[0]["session_id"].(string), found[0]["user"].(string)
	out, _ := s.ask("session " + id)
	for _, want := range []string{"Session " + id + " of " + user + " (app shop), 2026-08-20", "step checkout/payment on ", "GAVE UP", "    retry", "Gave up at checkout/payment after ", "signals of trouble."} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	forgetUnderOther(t, s, user)
	out, _ = s.ask("forget " + user)
	if !strings.Contains(out, "TABLE") || !strings.Contains(out, "Nothing has been deleted.") {
		t.Errorf("got\n%s", out)
	}
	if out, _ = s.ask("forget " + user + " --yes --no-kafka"); !strings.Contains(out, "Deleted, and counted again: the tables have no rows of "+user+" any more") {
		t.Errorf("got\n%s", out)
	}
	if out, _ = s.ask("forget " + user); !strings.Contains(out, "The tables have no rows of "+user+".") {
		t.Errorf("got\n%s", out)
	}
	if code, _, _ := call(t, append([]string{"session", id}, s.at...)...); code != exitFailed {
		t.Error("the session is still there")
	}
}
