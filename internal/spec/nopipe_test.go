//go:build !unix

package spec

import "errors"

func makePipe(string) error { return errors.ErrUnsupported }
