// A real Samba in front of a drop folder, and its clients: smbclient, and uploads as Windows' and the Mac's file managers do
// them, with the same library as GNOME's and KDE's; see Server.swift.
import Foundation
import Testing

final class Smbd {
    /// What a share is like: as it comes; as Macs like it; and for a user who is not flipd's.
    enum Share: String, CaseIterable { case plain, mac, stranger }

    private let server: Server

    init(for flipd: Flipd) throws {
        server = try Server.start { folder, port in
            for name in ["private", "lock", "state", "cache", "pid", "ncalrpc"] {
                try FileManager.default.createDirectory(
                    at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
            }
            try Self.settings(folder, port, drop: flipd.incoming.path).write(
                to: folder.appendingPathComponent("smb.conf"), atomically: true, encoding: .utf8)
            let server = try Server(
                in: folder, port: port,
                program: "/usr/sbin/smbd --foreground --no-process-group --configfile='\(folder.path)/smb.conf'"
            )
            let question = Self.command(.plain, port) + ["ls"]
            let isUp = try server.comesUp { try Machine.run(question, mustSucceed: false).status == 0 }
            return isUp ? server : nil
        }
    }

    private static func settings(_ folder: URL, _ port: Int, drop: String) -> String {
        """
        [global]
        interfaces = 127.0.0.1
        bind interfaces only = yes
        smb ports = \(port)
        disable netbios = yes
        server role = standalone
        map to guest = bad user
        guest account = nobody
        private dir = \(folder.path)/private
        lock directory = \(folder.path)/lock
        state directory = \(folder.path)/state
        cache directory = \(folder.path)/cache
        pid directory = \(folder.path)/pid
        ncalrpc dir = \(folder.path)/ncalrpc
        log file = \(folder.path)/smbd.log
        load printers = no
        printcap name = /dev/null
        disable spoolss = yes
        guest ok = yes
        read only = no
        path = \(drop)
        [plain]
        [mac]
        vfs objects = catia fruit streams_xattr
        fruit:metadata = stream
        fruit:resource = stream
        fruit:posix_rename = yes
        [stranger]
        force user = \(Server.stranger)
        force group = \(Server.stranger)

        """
    }

    private static func command(_ share: Share, _ port: Int) -> [String] {
        ["smbclient", "-N", "-p", "\(port)", "//127.0.0.1/\(share.rawValue)", "-c"]
    }

    /// smbclient, doing these things with the files of `folder`.
    func client(_ share: Share, in folder: URL, _ commands: [String], fed: Bool = false) throws -> Client {
        let line = ["lcd \"\(folder.path)\""] + commands
        return try Client(Self.command(share, server.port) + [line.joined(separator: "; ")], fed: fed)
    }

    /// A client made of these lines of Python; see `library`. `source` is the file to send, `url` the share.
    func library(_ share: Share, _ source: URL, _ lines: String, fed: Bool = false) throws -> Client {
        let url = "smb://guest:none@127.0.0.1:\(server.port)/\(share.rawValue)/"
        return try Client(
            ["/usr/bin/python3", "-c", Self.library + "\n" + lines, source.path, url], fed: fed)
    }

    /// libsmbclient, as far as it is needed here, call by call.
    private static let library = """
        import ctypes, os, sys
        smb = ctypes.CDLL("libsmbclient.so.0", use_errno=True)
        smb.smbc_write.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
        smb.smbc_write.restype = smb.smbc_lseek.restype = ctypes.c_ssize_t
        smb.smbc_lseek.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int]
        smb.smbc_ftruncate.argtypes = [ctypes.c_int, ctypes.c_int64]
        nobody = ctypes.CFUNCTYPE(None, *[ctypes.c_char_p] * 3, ctypes.c_int, *[ctypes.c_char_p, ctypes.c_int] * 2)
        guest = nobody(lambda *_: None)
        url = sys.argv[2]
        source = open(sys.argv[1], "rb").read()
        def must(result):
            if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            return result
        def opened(name, flags=0): return must(smb.smbc_open((url + name).encode(), os.O_WRONLY | flags, 0o644))
        def close(file): must(smb.smbc_close(file))
        def set_size(file, size): must(smb.smbc_ftruncate(file, size))
        def write(file, begin, end):
            must(smb.smbc_lseek(file, begin, os.SEEK_SET))
            for place in range(begin, end, 1 << 20):
                part = source[place:min(place + (1 << 20), end)]
                if must(smb.smbc_write(file, part, len(part))) != len(part): raise OSError("cut short")
        def set_times(name):
            times = (ctypes.c_long * 4)(1700000000, 0, 1700000000, 0)
            must(smb.smbc_utimes((url + name).encode(), times))
        must(smb.smbc_init(guest, 0))
        half = len(source) // 2
        """
}
