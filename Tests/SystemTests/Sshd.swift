// A real sshd for scp, sftp and rsync; see Server.swift.
import Foundation
import Testing

final class Sshd {
    private let server: Server

    init() throws {
        server = try Server.start { folder, port in
            for key in ["host", "client"] {
                try Machine.run([
                    "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.path + "/" + key,
                ])
            }
            try Self.settings(folder, port).write(
                to: folder.appendingPathComponent("sshd"), atomically: true, encoding: .utf8)
            try Self.clientSettings(folder, port).write(
                to: folder.appendingPathComponent("ssh"), atomically: true, encoding: .utf8)
            let server = try Server(
                in: folder, port: port, program: "/usr/sbin/sshd -D -e -f '\(folder.path)/sshd'")
            let question = ["ssh", "-F", folder.path + "/ssh", "nobody@flipd", "true"]
            let isUp = try server.comesUp { try Machine.run(question, mustSucceed: false).status == 0 }
            return isUp ? server : nil
        }
    }

    private static func settings(_ folder: URL, _ port: Int) -> String {
        """
        Port \(port)
        ListenAddress 127.0.0.1
        HostKey \(folder.path)/host
        PidFile none
        AuthorizedKeysFile \(folder.path)/client.pub
        StrictModes no
        UsePAM no
        Subsystem sftp internal-sftp

        """
    }

    private static func clientSettings(_ folder: URL, _ port: Int) -> String {
        """
        Host flipd
        HostName 127.0.0.1
        Port \(port)
        IdentityFile \(folder.path)/client
        IdentitiesOnly yes
        StrictHostKeyChecking no
        UserKnownHostsFile /dev/null
        LogLevel ERROR

        """
    }

    /// Arguments that make ssh, scp and sftp know the host `flipd`.
    var option: [String] { ["-F", server.folder.path + "/ssh"] }

    /// sftp, doing these things.
    func sftp(_ arguments: [String] = [], _ commands: String..., as user: String = "nobody") throws -> Client {
        let client = try Client(["sftp", "-q"] + option + arguments + ["-b", "-", "\(user)@flipd"], fed: true)
        try client.feed(Data((commands.joined(separator: "\n") + "\n").utf8))
        try client.endFeeding()
        return client
    }

    func scp(_ arguments: [String], from source: URL, to place: String, as user: String = "nobody") throws
        -> Client
    {
        try Client(["scp", "-q"] + option + arguments + [source.path, "\(user)@flipd:\(place)"])
    }

    func rsync(_ arguments: [String], from source: URL, to place: String, as user: String = "nobody") throws
        -> Client
    {
        let shell = (["ssh"] + option).joined(separator: " ")
        return try Client(["rsync", "-e", shell] + arguments + [source.path, "\(user)@flipd:\(place)"])
    }
}
