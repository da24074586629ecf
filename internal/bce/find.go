package bce

import (
	"fmt"
	"path/filepath"
	"strings"
)

// ProfileEnv is the profile's name that stands for the environment.
const ProfileEnv = "env"

// CredentialOptions say where to look for credentials.
type CredentialOptions struct {
	// Profile is what the user asked for: the name of a profile, or ProfileEnv
	// for the environment; "" searches every source in order.
	Profile string
	// Account is the spec's account; a profile of that name comes before the
	// current one. May be empty.
	Account string
	// Getenv looks up an environment variable; nil means that there are none.
	Getenv func(string) string
	// Home is the folder that holds .bce; "" means that there is none.
	Home string
}

// FindCredentials finds the credentials to use. Profile wins where it is set.
// Else the first source that holds both key and secret gives all parts:
//
//	BCE_ACCESS_KEY_ID, BCE_SECRET_ACCESS_KEY, BCE_SECURITY_TOKEN
//	BAIDUCLOUD_ACCESS_KEY, BAIDUCLOUD_SECRET_KEY, BAIDUCLOUD_SESSION_TOKEN
//	the profile named like Account, then the current one, of .bce/config.json
//	.bce/credentials
//
// These are the places of the official command lines (github.com/baidubce/bce-cli,
// and the older one) and of the Terraform provider. Nothing is written.
//
// The error is ErrNoCredentials; ErrUnclearCredentials if the environment and a
// profile named like Account hold different keys; or says what is wrong with a
// source that would have been used. No error holds a secret.
func FindCredentials(opt CredentialOptions) (Credentials, error) {
	f := finder{opt: opt}
	switch {
	case opt.Profile == ProfileEnv:
		return f.first(f.environment()...)
	case opt.Profile != "":
		return f.named(opt.Profile)
	}

	environment := f.environment()
	found, ok := firstWhole(environment)
	if ok && opt.Account == "" {
		return f.first(found)
	}
	config, err := readConfigFile(f.path("config.json"))
	if err != nil {
		if ok {
			err = fmt.Errorf("%w; --profile %s takes the environment's", err, ProfileEnv)
		}
		return Credentials{}, err
	}
	account := config.source(opt.Account)
	if ok && account.whole() && !account.same(found) {
		return Credentials{}, unclear(found, account, opt.Account)
	}
	sources := append(environment, account, config.source(config.current()))
	if _, ok := firstWhole(sources); ok {
		return f.first(sources...)
	}
	sections, err := readSectionFile(f.path("credentials"))
	if err != nil {
		return Credentials{}, err
	}
	return f.first(append(sources, sections.source("defaults"))...)
}

// source is a place where credentials may be. One without a name is not there.
type source struct {
	name               string
	id, secret, token  string
	idName, secretName string // what the parts are called there
	tokenName          string // set if the token is needed too
}

// whole reports whether a source holds all that it must.
func (s source) whole() bool {
	return s.id != "" && s.secret != "" && (s.tokenName == "" || s.token != "")
}

// same reports whether two sources hold the same key.
func (s source) same(o source) bool { return s.id == o.id && s.secret == o.secret }

// half says what a source has and what it lacks; "" if it has nothing, or all.
func (s source) half() string {
	if s.whole() || s.id == "" && s.secret == "" {
		return ""
	}
	var has, lacks []string
	for _, part := range []struct{ name, value string }{
		{s.idName, s.id}, {s.secretName, s.secret}, {s.tokenName, s.token},
	} {
		switch {
		case part.name == "":
		case part.value == "":
			lacks = append(lacks, part.name)
		default:
			has = append(has, part.name)
		}
	}
	return fmt.Sprintf("%s has %s and lacks %s", s.name, strings.Join(has, ", "), strings.Join(lacks, ", "))
}

func (s source) credentials() Credentials {
	return Credentials{AccessKeyID: s.id, SecretAccessKey: s.secret, SessionToken: s.token, Source: s.name}
}

func firstWhole(sources []source) (source, bool) {
	for _, s := range sources {
		if s.whole() {
			return s, true
		}
	}
	return source{}, false
}

type finder struct{ opt CredentialOptions }

// path is a file of .bce; "" if there is no home.
func (f finder) path(name string) string {
	if f.opt.Home == "" {
		return ""
	}
	return filepath.Join(f.opt.Home, ".bce", name)
}

// environment returns the two families of variables, in order.
func (f finder) environment() []source {
	family := func(id, secret, token string) source {
		get := func(name string) string {
			if f.opt.Getenv == nil {
				return ""
			}
			return strings.TrimSpace(f.opt.Getenv(name))
		}
		return source{
			name: "the environment (" + id + ")",
			id:   get(id), secret: get(secret), token: get(token),
			idName: id, secretName: secret,
		}
	}
	return []source{
		family("BCE_ACCESS_KEY_ID", "BCE_SECRET_ACCESS_KEY", "BCE_SECURITY_TOKEN"),
		family("BAIDUCLOUD_ACCESS_KEY", "BAIDUCLOUD_SECRET_KEY", "BAIDUCLOUD_SESSION_TOKEN"),
	}
}

// named finds the profile that the user asked for: of config.json, else the
// section of that name of the older command line's file.
func (f finder) named(profile string) (Credentials, error) {
	config, err := readConfigFile(f.path("config.json"))
	if err != nil {
		return Credentials{}, err
	}
	if s := config.source(profile); s.name != "" {
		return f.first(s)
	}
	sections, err := readSectionFile(f.path("credentials"))
	if err != nil {
		return Credentials{}, err
	}
	if s := sections.source(profile); s.name != "" {
		return f.first(s)
	}
	there := append(config.names(), sections.names()...)
	if len(there) == 0 {
		return Credentials{}, fmt.Errorf("%w: there is no profile %q, nor any other", ErrNoCredentials, profile)
	}
	return Credentials{}, fmt.Errorf("%w: there is no profile %q; there is %s", ErrNoCredentials, profile, list(there))
}

// first returns the first whole one of the sources, or says why there is none.
func (f finder) first(sources ...source) (Credentials, error) {
	if s, ok := firstWhole(sources); ok {
		c := s.credentials()
		if err := c.check(); err != nil {
			return Credentials{}, err
		}
		return c, nil
	}
	var halves []string
	for _, s := range sources {
		if half := s.half(); half != "" {
			halves = append(halves, half)
		}
	}
	switch {
	case len(halves) > 0:
		return Credentials{}, fmt.Errorf("%w: %s", ErrNoCredentials, strings.Join(halves, "; "))
	case f.opt.Profile == ProfileEnv:
		return Credentials{}, fmt.Errorf("%w: neither BCE_ACCESS_KEY_ID nor BAIDUCLOUD_ACCESS_KEY is set", ErrNoCredentials)
	case f.opt.Profile != "":
		return Credentials{}, fmt.Errorf("%w: profile %q holds no key", ErrNoCredentials, f.opt.Profile)
	}
	return Credentials{}, fmt.Errorf("%w: set BCE_ACCESS_KEY_ID and BCE_SECRET_ACCESS_KEY, or add a profile to ~/.bce/config.json", ErrNoCredentials)
}

// unclear names both sources with their masked keys, and the way out.
func unclear(environment, account source, name string) error {
	a, b := environment.credentials(), account.credentials()
	note := ""
	if a.AccessKeyID == b.AccessKeyID {
		note = ", with another secret"
	}
	return fmt.Errorf("%w: %s holds key %s, %s holds key %s%s; say which with --profile %s or --profile %s",
		ErrUnclearCredentials, a.Source, a.MaskedID(), b.Source, b.MaskedID(), note, ProfileEnv, quoteWord(name))
}

// quoteWord quotes a word for a shell where it needs that.
func quoteWord(s string) string {
	for i := range len(s) {
		if !unreserved(s[i]) {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	return s
}
