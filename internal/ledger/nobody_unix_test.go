//go:build unix

package ledger_test

import (
	"os"
	"os/exec"
	"syscall"
)

// asNobody has a command run by a user whom permissions apply to. Root runs the
// program through /proc, since nobody may not enter the folder it was built in.
func asNobody(cmd *exec.Cmd) {
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		cmd.Path = "/proc/self/exe"
	}
}
