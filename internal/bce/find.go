package bce

// CredentialOptions say where to look for credentials.
type CredentialOptions struct {
	// Profile is what the user asked for: the name of a profile, or "env" for
	// the environment; "" searches every source in order.
	Profile string
	// Account is the spec's account; a profile of that name comes before the
	// current one. May be empty.
	Account string
	// Getenv looks up an environment variable; nil means that there are none.
	Getenv func(string) string
	// Home is the folder that holds .bce; "" means that there is none.
	Home string
}

// FindCredentials is not built yet.
func FindCredentials(opt CredentialOptions) (Credentials, error) {
	return Credentials{}, ErrNoCredentials
}
