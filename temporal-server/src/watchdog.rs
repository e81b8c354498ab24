//! A child process that cannot outlive this one.
//!
//! A parent-death signal would be Linux only, needs `unsafe`, and fires when the *thread* that spawned the
//! child ends. A pipe works on every Unix: a small shell starts the program and reads from a pipe whose other
//! end only this process holds. However this process ends, `kill -9` included, the kernel closes its end, the
//! shell reads the end of the file and kills the program.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    process::{Child, Command, Stdio},
};

// File descriptor 3 is the pipe: a shell gives background jobs /dev/null as standard input.
const SCRIPT: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
(read -r _ <&3; kill -KILL "$program") &
reader=$!
wait "$program"
code=$?
kill "$reader" 2>/dev/null
exit "$code"
"#;

/// A running program; dropping it kills the program and waits for its end.
#[derive(Debug)]
pub(crate) struct Watched {
    shell: Child,
    errors: File,
}

impl Watched {
    /// Starts `program`. What it writes to standard error is kept in a nameless file.
    pub(crate) fn start(program: &Path, arguments: &[String]) -> io::Result<Watched> {
        let errors = tempfile::tempfile()?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(SCRIPT).arg("sh").arg(program).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(errors.try_clone()?);
        // Ctrl-C in a terminal goes to the whole foreground group: the server must stay until its users have
        // shut down, and the watchdog until the server has.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Watched { shell: command.spawn()?, errors })
    }

    /// True when the program has ended by itself.
    pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.shell.try_wait()?.is_some())
    }

    /// What the program has written to standard error.
    pub(crate) fn errors(&mut self) -> String {
        let mut text = String::new();
        let read = self.errors.seek(SeekFrom::Start(0)).and_then(|_| self.errors.read_to_string(&mut text));
        match read {
            Ok(_) => text.trim().to_owned(),
            Err(error) => format!("its messages could not be read: {error}"),
        }
    }

    fn kill(&mut self) -> io::Result<()> {
        drop(self.shell.stdin.take());
        self.shell.wait().map(|_| ())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Closing the pipe has done what matters; that the shell could not be waited for changes nothing.
        let _ = self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Not there, or a zombie that nobody has collected yet.
    fn is_gone(pid: &str) -> bool {
        let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap().stdout;
        state.is_empty() || state.starts_with(b"Z")
    }

    #[test]
    fn dropping_kills_the_program() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let script = format!("echo $$ >{}; exec sleep 600", pipe.display());
        let watched = Watched::start(Path::new("sh"), &["-c".into(), script]).unwrap();
        let pid = std::fs::read_to_string(&pipe).unwrap();
        assert!(!is_gone(pid.trim()));
        drop(watched);
        assert!(is_gone(pid.trim()));
    }

    #[test]
    fn a_program_that_ends_is_noticed_with_its_words() {
        let mut watched =
            Watched::start(Path::new("sh"), &["-c".into(), "echo port taken >&2; exit 3".into()]).unwrap();
        // Waiting for a child closes its standard input, which is what kills the program.
        let _open = watched.shell.stdin.take();
        watched.shell.wait().unwrap();
        assert!(watched.has_ended().unwrap());
        assert_eq!(watched.errors(), "port taken");
    }

    /// The parent is a shell that starts the watchdog's script, as this crate does, and is killed with SIGKILL.
    #[test]
    fn the_program_dies_with_a_parent_that_is_killed() {
        let parent = r#"mkfifo "$1"; sh -c "$2" sh sh -c 'echo $$; exec sleep 600' <"$1" & exec 4>"$1"; exec sleep 600 >/dev/null"#;
        let directory = tempfile::tempdir().unwrap();
        let mut parent = Command::new("sh")
            .args(["-c", parent, "sh"])
            .arg(directory.path().join("pipe"))
            .arg(SCRIPT)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(parent.stdout.take().unwrap());
        let mut pid = String::new();
        output.read_line(&mut pid).unwrap();
        parent.kill().unwrap();
        parent.wait().unwrap();
        // The program holds the other end of our pipe: its end is the end of the file.
        output.read_to_end(&mut Vec::new()).unwrap();
        assert!(is_gone(pid.trim()));
    }
}
