// When the kernel's list of mounts changes.
internal import CLinux
internal import Glibc
internal import Model

/// Calls whenever something is mounted or unmounted.
@Loop
package final class MountWatch {
    private let list: Descriptor
    private var source: EventSource?

    package init(_ changed: @escaping @Loop () -> Void) throws(Errno) {
        list = try Files.openForReading(Path("/proc/self/mountinfo"))
        let list = list.raw
        source = EventSource.descriptor(list, .exceptional) {
            // Reading from the start is what tells the kernel that this change has been seen.
            var buffer = [UInt8](repeating: 0, count: 4096)
            _ = pread(list, &buffer, buffer.count, 0)
            changed()
        }
    }
}
