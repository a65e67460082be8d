//! What the operating system says of this process; the one place that differs between systems.

/// Peak resident memory of this process in bytes, where the system tells it.
///
/// Linux only (`VmHWM` of `/proc/self/status`); elsewhere `None`.
pub fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The name of the user who runs this process, for the audit log.
pub fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|name| !name.trim().is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Bytes that may still be written to the disk that holds a folder, where the system tells it.
///
/// Unix only; elsewhere `None`.
#[cfg(unix)]
pub fn free_disk_bytes(folder: &std::path::Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

/// See the other.
#[cfg(not(unix))]
pub fn free_disk_bytes(_folder: &std::path::Path) -> Option<u64> {
    None
}
