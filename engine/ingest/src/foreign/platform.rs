//! What depends on the operating system: limits of a process, and files without a name.
//!
//! On Linux a child limits itself before it reads its first byte. Elsewhere there are no such limits; the parent's
//! clock and its count of bytes still hold, and a file with a name stands in for one without.

/// Memory that a child may use, in bytes of address space.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 2 << 30;

/// Processor time that a file of this size may take, in seconds.
pub(crate) fn cpu_seconds(size: u64) -> u64 {
    60 + size / (1 << 20) * 2
}

/// Takes from this process what a reader of foreign files does not need: memory beyond 2 GiB, time, files, dumps.
///
/// # Errors
/// The system refuses; then nothing foreign may be read.
#[cfg(target_os = "linux")]
pub(crate) fn confine(size: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let time = cpu_seconds(size);
    // The soft limit on time comes first and has a signal of its own.
    let limits = [
        (Resource::As, MEMORY, MEMORY),
        (Resource::Cpu, time, time + 5),
        (Resource::Fsize, 0, 0),
        (Resource::Core, 0, 0),
        (Resource::Nofile, 8, 8),
        (Resource::Nproc, 0, 0),
    ];
    for (resource, current, maximum) in limits {
        setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })?;
    }
    Ok(())
}

/// See the other.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_size: u64) -> std::io::Result<()> {
    Ok(())
}

/// Whether a child was stopped because its processor time was spent.
#[cfg(unix)]
pub(crate) fn ran_out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const SIGXCPU: i32 = 24;
    status.signal() == Some(SIGXCPU)
}

/// See the other.
#[cfg(not(unix))]
pub(crate) fn ran_out_of_time(_status: std::process::ExitStatus) -> bool {
    false
}

/// The file on standard input.
#[cfg(unix)]
pub(crate) fn standard_input() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(std::io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// See the other.
#[cfg(windows)]
pub(crate) fn standard_input() -> std::io::Result<std::fs::File> {
    use std::os::windows::io::AsHandle;
    Ok(std::io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// A temporary file that is gone when the last who holds it is gone, even by a kill where the system allows it,
/// and a path by which this process can open it again.
#[derive(Debug)]
pub(crate) struct Nameless {
    pub(crate) path: std::path::PathBuf,
    #[cfg(target_os = "linux")]
    _file: std::fs::File,
    #[cfg(not(target_os = "linux"))]
    _file: tempfile::NamedTempFile,
}

impl Nameless {
    #[cfg(target_os = "linux")]
    pub(crate) fn new() -> std::io::Result<Self> {
        use std::os::fd::AsRawFd;
        let file = tempfile::tempfile()?;
        Ok(Self { path: format!("/proc/self/fd/{}", file.as_raw_fd()).into(), _file: file })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new() -> std::io::Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        Ok(Self { path: file.path().to_owned(), _file: file })
    }
}
