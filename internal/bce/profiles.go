package bce

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxProfiles bounds a file of profiles, in bytes.
const maxProfiles = 1 << 20

// configFile is ~/.bce/config.json, as bce-cli writes it
// (github.com/baidubce/bce-cli, internal/config).
type configFile struct {
	path     string
	Current  string    `json:"current"`
	Profiles []profile `json:"profiles"`
}

type profile struct {
	Name   string `json:"name"`
	Mode   string `json:"mode"` // "AK", "StsToken"; "" means AK
	ID     string `json:"access_key_id"`
	Secret string `json:"secret_access_key"`
	Token  string `json:"security_token"`
}

// readConfigFile reads config.json; a file that is not there holds no profile. The
// error repeats nothing of the file.
func readConfigFile(path string) (configFile, error) {
	c := configFile{path: path}
	text, err := readSmall(path)
	if err != nil || len(text) == 0 {
		return c, err
	}
	if json.Unmarshal(text, &c) != nil {
		return c, fmt.Errorf("reading %s: it is not the JSON of profiles that bce-cli writes", path)
	}
	return c, nil
}

// current is the name of the current profile.
func (c configFile) current() string {
	if c.Current == "" {
		return "default"
	}
	return c.Current
}

func (c configFile) names() []string {
	var names []string
	for _, p := range c.Profiles {
		names = append(names, p.Name)
	}
	return names
}

// source returns the profile of that name. As in bce-cli, the first of a name
// counts, and a token counts only in mode StsToken, where it is needed.
func (c configFile) source(name string) source {
	for _, p := range c.Profiles {
		if name == "" || p.Name != name {
			continue
		}
		s := source{
			name:   fmt.Sprintf("profile %q of %s", p.Name, c.path),
			id:     strings.TrimSpace(p.ID),
			secret: strings.TrimSpace(p.Secret),
			idName: "access_key_id", secretName: "secret_access_key",
		}
		if strings.EqualFold(p.Mode, "StsToken") {
			s.token, s.tokenName = strings.TrimSpace(p.Token), "security_token"
		}
		return s
	}
	return source{}
}

// sectionFile is ~/.bce/credentials, the older command line's file: sections in
// brackets, with lines "key = value".
type sectionFile struct {
	path  string
	order []string
	keys  map[string]map[string]string
}

// readSectionFile reads the file; one that is not there has no sections. The
// error repeats nothing of the file.
func readSectionFile(path string) (sectionFile, error) {
	s := sectionFile{path: path, keys: map[string]map[string]string{}}
	text, err := readSmall(path)
	if err != nil || len(text) == 0 {
		return s, err
	}
	section := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxProfiles+1)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[' && line[len(line)-1] == ']':
			section = strings.ToLower(strings.TrimSpace(line[1 : len(line)-1]))
			if s.keys[section] == nil {
				s.order = append(s.order, section)
				s.keys[section] = map[string]string{}
			}
		default:
			key, value, found := strings.Cut(line, "=")
			if !found || s.keys[section] == nil {
				return s, fmt.Errorf("reading %s: line %d is neither [section] nor key = value in one", path, number)
			}
			s.keys[section][strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return s, lines.Err()
}

func (s sectionFile) names() []string { return s.order }

// source returns the section of that name.
func (s sectionFile) source(name string) source {
	keys, found := s.keys[strings.ToLower(name)]
	if !found {
		return source{}
	}
	return source{
		name:   fmt.Sprintf("section [%s] of %s", strings.ToLower(name), s.path),
		id:     keys["bce_access_key_id"],
		secret: keys["bce_secret_access_key"],
		token:  keys["bce_security_token"],
		idName: "bce_access_key_id", secretName: "bce_secret_access_key",
	}
}

// readSmall reads a whole file of at most maxProfiles bytes, without a byte
// order mark; nil if it is not there or its path is empty.
func readSmall(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading credentials: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxProfiles+1))
	if err != nil {
		return nil, fmt.Errorf("reading credentials: %w", err)
	}
	if len(text) > maxProfiles {
		return nil, fmt.Errorf("reading %s: it is longer than %d bytes", path, maxProfiles)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}
