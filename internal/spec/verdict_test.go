package spec

import (
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// verdict is what CUE alone says of a spec of one file: the error of unifying it
// with #Spec, as cue vet does.
func verdict(t *testing.T, spec string) error {
	t.Helper()
	ctx := cuecontext.New(cuecontext.CUE_DEBUG(""))
	schema := ctx.CompileString(Schema()).LookupPath(cue.ParsePath("#Spec"))
	if err := schema.Err(); err != nil {
		t.Fatalf("compiling the schema: %v", err)
	}
	return ctx.CompileString(spec).Unify(schema).Validate(cue.Concrete(true))
}
