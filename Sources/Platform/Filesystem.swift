// What kind of filesystem holds a folder, as far as it matters to us.
internal import CLinux
internal import Glibc
package import Model

package enum Filesystem {
    /// Whether inotify and leases tell of everything that happens in a folder. On a filesystem that other machines or
    /// programs write to behind the kernel's back they tell only of what is done here. One that cannot be asked
    /// counts as an ordinary one: listing it will say what is wrong.
    package static func tellsEverything(_ folder: Path) -> Bool {
        let kind = folder.withCString { flip_filesystem_kind($0) }
        return !behindTheKernel.contains(kind)
    }

    /// By the magic numbers of statfs(2).
    private static let behindTheKernel: Set<Int64> = [
        0x6969,  // NFS
        0x517B, 0xFF53_4D42, 0xFE53_4D42,  // SMB and CIFS
        0x6573_5546,  // FUSE, and with it sshfs, rclone, virtiofs, many a NAS
        0x0102_1997,  // 9p, of virtual machines
        0x786F_4256, 0xBACB_ACBC,  // shared folders of VirtualBox and VMware
        0x00C3_6400, 0x5346_414F, 0x6B41_4653, 0x7375_7245, 0x0BD0_0BD0,  // Ceph, AFS twice, Coda, Lustre
        0x0116_1970, 0x7461_636F,  // GFS2 and OCFS2: disks that several machines share
    ]
}
