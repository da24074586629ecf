package bce

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// home makes a folder whose .bce holds the given files; "" leaves one out.
func home(t *testing.T, config, credentials string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".bce"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"config.json": config, "credentials": credentials} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, ".bce", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	profiles = `{"current":"main","profiles":[
		{"name":"main","mode":"AK","access_key_id":"AKmain000001","secret_access_key":"canary-main","security_token":"canary-left-over","region":"bj"},
		{"name":"prod","access_key_id":"AKprod000001","secret_access_key":"canary-prod"},
		{"name":"sts","mode":"StsToken","access_key_id":"AKsts0000001","secret_access_key":"canary-sts","security_token":"canary-token"},
		{"name":"half","access_key_id":"AKhalf000001"},
		{"name":"tokenless","mode":"StsToken","access_key_id":"AKless000001","secret_access_key":"canary-less"},
		{"name":"bare"},
		{"name":"broken","access_key_id":"AKbroken0001","secret_access_key":"canary\nbroken"}]}`
	section = "# old\n[defaults]\nbce_access_key_id = AKini0000001\nbce_secret_access_key=canary-ini \n\n[Other]\n"
)

func TestFindingCredentials(t *testing.T) {
	bce := map[string]string{"BCE_ACCESS_KEY_ID": "AKbce0000001", "BCE_SECRET_ACCESS_KEY": " canary-bce\n"}
	terraform := map[string]string{"BAIDUCLOUD_ACCESS_KEY": "AKtf00000001", "BAIDUCLOUD_SECRET_KEY": "canary-tf", "BAIDUCLOUD_SESSION_TOKEN": "canary-tf-token"}
	both := map[string]string{"BCE_SECURITY_TOKEN": "canary-bce-token"}
	maps.Copy(both, bce)
	maps.Copy(both, terraform)
	prodInEnv := map[string]string{"BCE_ACCESS_KEY_ID": "AKprod000001", "BCE_SECRET_ACCESS_KEY": "canary-prod", "BCE_SECURITY_TOKEN": "canary-env-token"}
	for _, c := range []struct {
		name                 string
		env                  map[string]string
		config, credentials  string
		profile, account     string
		id, secret, token    string
		source               string
		none, unclear, fails bool
		says                 []string
	}{
		{name: "the environment", env: bce, id: "AKbce0000001", secret: "canary-bce", source: "the environment (BCE_ACCESS_KEY_ID)"},
		{name: "Terraform's variables", env: terraform, id: "AKtf00000001", secret: "canary-tf", token: "canary-tf-token", source: "the environment (BAIDUCLOUD_ACCESS_KEY)"},
		{name: "both families: the first gives all parts", env: both, id: "AKbce0000001", secret: "canary-bce", token: "canary-bce-token"},
		{
			name: "parts are never mixed", env: map[string]string{"BCE_ACCESS_KEY_ID": "AKbce0000001", "BAIDUCLOUD_SECRET_KEY": "canary-tf", "BCE_SECURITY_TOKEN": "canary-x"},
			config: profiles, id: "AKmain000001", secret: "canary-main",
		},
		{name: "the environment outranks the current profile", env: bce, config: profiles, id: "AKbce0000001", secret: "canary-bce"},
		{name: "the current profile", config: profiles, id: "AKmain000001", secret: "canary-main", source: `profile "main"`},
		{name: "the profile of the account", config: profiles, account: "prod", id: "AKprod000001", secret: "canary-prod", source: `profile "prod"`},
		{name: "an account without a profile", config: profiles, account: "elsewhere", id: "AKmain000001", secret: "canary-main"},
		{name: "an account with half a profile", config: profiles, account: "half", id: "AKmain000001", secret: "canary-main"},
		{name: "a profile without a name belongs to no account", config: `{"profiles":[{"access_key_id":"AKanon000001","secret_access_key":"canary-anon"}]}`, none: true},
		{name: "no current profile named", config: `{"profiles":[{"name":"default","access_key_id":"AKdef0000001","secret_access_key":"canary-def"}]}`, id: "AKdef0000001", secret: "canary-def"},
		{name: "the old file", credentials: section, id: "AKini0000001", secret: "canary-ini", source: "section [defaults]"},
		{name: "the old file comes last", config: profiles, credentials: section, id: "AKmain000001", secret: "canary-main"},
		{name: "the old file after an empty new one", config: "\ufeff", credentials: "\ufeff" + section, id: "AKini0000001", secret: "canary-ini"},
		{name: "a temporary key", config: profiles, profile: "sts", id: "AKsts0000001", secret: "canary-sts", token: "canary-token"},

		{name: "--profile outranks the environment", env: bce, config: profiles, profile: "prod", id: "AKprod000001", secret: "canary-prod"},
		{name: "--profile env", env: bce, config: profiles, account: "prod", profile: "env", id: "AKbce0000001", secret: "canary-bce"},
		{name: "--profile env reads no files", env: bce, config: "broken", account: "prod", profile: "env", id: "AKbce0000001", secret: "canary-bce"},
		{name: "--profile of the old file", credentials: section, profile: "defaults", id: "AKini0000001", secret: "canary-ini"},
		{name: "--profile env without variables", config: profiles, profile: "env", none: true, says: []string{"BCE_ACCESS_KEY_ID", "BAIDUCLOUD_ACCESS_KEY"}},
		{name: "--profile of an unknown name", env: bce, config: profiles, credentials: section, profile: "pord", none: true, says: []string{`"pord"`, `"prod"`, `"main"`, `"defaults"`}},
		{name: "--profile where there are none", env: bce, profile: "prod", none: true, says: []string{`no profile "prod", nor any other`}},
		{name: "--profile of half a profile", env: bce, config: profiles, profile: "half", none: true, says: []string{`profile "half"`, "has access_key_id and lacks secret_access_key"}},
		{name: "--profile of an empty profile", config: profiles, profile: "bare", none: true, says: []string{`profile "bare" holds no key`}},
		{name: "a temporary key without its token", config: profiles, profile: "tokenless", none: true, says: []string{"lacks security_token"}},

		{
			name: "environment and account differ", env: bce, config: profiles, account: "prod", unclear: true,
			says: []string{"the environment (BCE_ACCESS_KEY_ID) holds key AKbc…0001", `profile "prod"`, "holds key AKpr…0001", "--profile env", "--profile prod"},
		},
		{
			name: "environment and account differ in the secret", env: map[string]string{"BCE_ACCESS_KEY_ID": "AKprod000001", "BCE_SECRET_ACCESS_KEY": "canary-other"}, config: profiles, account: "prod", unclear: true,
			says: []string{"with another secret"},
		},
		{name: "environment and account agree", env: prodInEnv, config: profiles, account: "prod", id: "AKprod000001", secret: "canary-prod", token: "canary-env-token", source: "the environment"},
		{name: "Terraform's variables and account differ", env: terraform, config: profiles, account: "prod", unclear: true, says: []string{"BAIDUCLOUD_ACCESS_KEY"}},

		{name: "nothing", none: true, says: []string{"set BCE_ACCESS_KEY_ID and BCE_SECRET_ACCESS_KEY"}},
		{
			name: "half an environment", env: map[string]string{"BCE_ACCESS_KEY_ID": "AKbce0000001"}, none: true,
			says: []string{"has BCE_ACCESS_KEY_ID and lacks BCE_SECRET_ACCESS_KEY"},
		},
		{
			name: "the other half", env: map[string]string{"BAIDUCLOUD_SECRET_KEY": "canary-tf"}, none: true,
			says: []string{"has BAIDUCLOUD_SECRET_KEY and lacks BAIDUCLOUD_ACCESS_KEY"},
		},
		{name: "blanks are nothing", env: map[string]string{"BCE_ACCESS_KEY_ID": " ", "BCE_SECRET_ACCESS_KEY": "\n"}, none: true},

		{name: "a secret of two lines", env: map[string]string{"BCE_ACCESS_KEY_ID": "AKbce0000001", "BCE_SECRET_ACCESS_KEY": "canary\nx"}, config: profiles, fails: true, says: []string{"BCE_ACCESS_KEY_ID", "line end"}},
		{name: "a profile with a secret of two lines", config: profiles, profile: "broken", fails: true, says: []string{`profile "broken"`}},
		{name: "a broken config.json", config: `{"profiles":[{"secret_access_key":12345678canary`, fails: true, says: []string{"config.json"}},
		{name: "a config.json of other shape", config: `{"profiles":[{"secret_access_key":12345678}]}`, fails: true, says: []string{"config.json"}},
		{name: "a broken config.json beside an environment and an account", env: bce, config: `{`, account: "prod", fails: true, says: []string{"--profile env"}},
		{name: "a broken config.json that nobody needs", env: bce, config: `{`, id: "AKbce0000001", secret: "canary-bce"},
		{name: "a broken old file", credentials: "[defaults]\ncanary-line\n", fails: true, says: []string{"line 2"}},
		{name: "an old file without a section", credentials: "bce_secret_access_key = canary\n", fails: true, says: []string{"line 1"}},
		{name: "an enormous file", config: strings.Repeat(" ", maxProfiles+1), fails: true, says: []string{"longer than"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := FindCredentials(CredentialOptions{
				Profile: c.profile,
				Account: c.account,
				Getenv:  func(name string) string { return c.env[name] },
				Home:    home(t, c.config, c.credentials),
			})
			if errors.Is(err, ErrNoCredentials) != c.none || errors.Is(err, ErrUnclearCredentials) != c.unclear || (err != nil) != (c.none || c.unclear || c.fails) {
				t.Fatalf("got error %v; want none: %v, unclear: %v, other: %v", err, c.none, c.unclear, c.fails)
			}
			if err != nil {
				for _, want := range c.says {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("got %q; want it to say %q", err, want)
					}
				}
				if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "12345678") {
					t.Errorf("got %q, which shows a secret", err)
				}
				if (got != Credentials{}) {
					t.Errorf("got %v beside an error; want nothing", got)
				}
				return
			}
			if got.AccessKeyID != c.id || got.SecretAccessKey != c.secret || got.SessionToken != c.token {
				t.Errorf("got %q, %q, %q; want %q, %q, %q", got.AccessKeyID, got.SecretAccessKey, got.SessionToken, c.id, c.secret, c.token)
			}
			if !strings.HasPrefix(got.Source, c.source) || got.Source == "" {
				t.Errorf("got source %q; want %q", got.Source, c.source)
			}
		})
	}
}

func TestWithoutAnyPlaceThereAreNoCredentials(t *testing.T) {
	for _, profile := range []string{"", "env", "prod"} {
		if _, err := FindCredentials(CredentialOptions{Profile: profile}); !errors.Is(err, ErrNoCredentials) {
			t.Errorf("profile %q: got %v; want no credentials", profile, err)
		}
	}
}

func TestAFolderThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".bce", "config.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := FindCredentials(CredentialOptions{Home: dir})
	if err == nil || errors.Is(err, ErrNoCredentials) {
		t.Errorf("got %v; want to hear that config.json cannot be read", err)
	}
}
