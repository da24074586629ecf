package spec

import (
	"reflect"

	"cuelang.org/go/cue/ast"
)

// cloneNode is a deep copy of syntax with its positions. CUE notes in the syntax
// what each name refers to when it builds it, so what is built twice has to be
// copied; these notes are not.
func cloneNode[N ast.Node](n N) N {
	return cloneValue(reflect.ValueOf(&n).Elem()).Interface().(N)
}

var nodeType = reflect.TypeFor[ast.Node]()

// cloneValue copies what v holds: syntax is made only of pointers to structs,
// interfaces and slices. Fields that are not exported hold comments, which
// nobody changes.
func cloneValue(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(cloneValue(v.Elem()))
		return out
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(cloneValue(v.Index(i)))
		}
		return out
	case reflect.Pointer:
		if v.IsNil() || !v.Type().Implements(nodeType) {
			return v
		}
		switch n := v.Interface().(type) {
		case *ast.Ident:
			c := *n
			c.Scope, c.Node = nil, nil
			return reflect.ValueOf(&c)
		case *ast.BasicLit:
			c := *n
			return reflect.ValueOf(&c)
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(v.Elem())
		for i := range v.Elem().NumField() {
			if f := out.Elem().Field(i); f.CanSet() {
				switch f.Kind() {
				case reflect.Interface, reflect.Slice, reflect.Pointer:
					f.Set(cloneValue(f))
				}
			}
		}
		return out
	}
	return v
}
