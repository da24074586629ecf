package exec

import (
	"strings"
	"testing"
	"time"

	"renewplan/internal/bce/sandbox"
	"renewplan/internal/plan"
)

func TestAnExpiryThatIsNotMovedOnToTheUnifiedDayDeviates(t *testing.T) {
	w := newWorld(t, sandbox.Config{Fleet: fleetOf(1)})
	w.spec.Resources = w.spec.Resources[:1]
	w.spec.UnifiedExpiryDay = (time.Now().UTC().AddDate(0, 0, 10).Day()+13)%28 + 1 // two weeks from where the months lead
	rep := w.run(w.plan())
	w.wantAll(rep, plan.Deviates)
	if note := rep.Results[0].Note; !strings.Contains(note, "take unifiedExpiryDay out of the spec") || strings.Contains(note, "twice") {
		t.Errorf("got %q; want what it may be, and nothing of paying twice", note)
	}
}
