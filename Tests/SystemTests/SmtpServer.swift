// A real mail server on this machine (aiosmtpd), of one test's own: what it takes it writes down, one file a mail. It ends
// with its object.
import Foundation
import Testing

final class SmtpServer {
    /// Why none can be started here; nil if one can.
    static let hindrance: String? = {
        let found = try? Machine.run(["/usr/bin/python3", "-c", "import aiosmtpd"], mustSucceed: false)
        return found?.status == 0 ? nil : "not installed: python3-aiosmtpd"
    }()

    /// What it asks of its guests, and how it treats them.
    struct Manner {
        /// 127.0.0.2 is an address of this machine that flipd does not know as such.
        var address = "127.0.0.1"
        var port = 0
        /// A certificate that nobody has signed.
        var offersTLS = false
        var isTLSFromStart = false
        var wantsPassword = false
        var refusesAddresses = false
        var neverAnswers = false
    }

    let port: Int
    private let folder: URL
    private let process = Process()

    private static let script = """
        import asyncio, json, os, socket, ssl, sys, time
        from aiosmtpd.smtp import SMTP, AuthResult
        folder, manner = sys.argv[1], json.loads(sys.argv[2])
        context = None
        if manner["offersTLS"] or manner["isTLSFromStart"]:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder + "/pem")
        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if manner["refusesAddresses"]: return "550 5.1.1 No such user here"
                envelope.rcpt_tos.append(address)
                return "250 OK"
            async def handle_DATA(self, server, session, envelope):
                name = "%s/%d" % (folder, time.time_ns())
                with open(name + ".new", "wb") as mail:
                    mail.write(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos,
                        "tls": session.ssl is not None or manner["isTLSFromStart"],
                        "user": session.auth_data}).encode() + b"\\n" + envelope.content)
                os.rename(name + ".new", name + ".mail")
                return "250 OK"
        def check(server, session, envelope, mechanism, data):
            ok = data.login == b"anna" and data.password == b"pass:w/rd"
            return AuthResult(success=ok, handled=False, auth_data="anna") if ok else AuthResult(success=False, handled=False)
        class Silent(asyncio.Protocol): pass
        async def main():
            def guest():
                if manner["neverAnswers"]: return Silent()
                return SMTP(Handler(), hostname="test", authenticator=check, auth_required=manner["wantsPassword"],
                    auth_require_tls=False, tls_context=context if manner["offersTLS"] else None)
            server = await asyncio.get_running_loop().create_server(guest, manner["address"], manner["port"],
                ssl=context if manner["isTLSFromStart"] else None)
            with open(folder + "/port.new", "w") as file: file.write(str(server.sockets[0].getsockname()[1]))
            os.rename(folder + "/port.new", folder + "/port")
            await server.serve_forever()
        asyncio.run(main())
        """

    init(_ manner: Manner = Manner()) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "flipd-mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pem = folder.appendingPathComponent("pem").path
        if manner.offersTLS || manner.isTLSFromStart {
            let request =
                "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -out \(pem) -keyout \(pem).key"
            try Machine.run(["sh", "-c", "\(request) && cat \(pem).key >> \(pem)"])
        }
        let manners: [String: Any] = [
            "address": manner.address, "port": manner.port, "offersTLS": manner.offersTLS,
            "isTLSFromStart": manner.isTLSFromStart, "wantsPassword": manner.wantsPassword,
            "refusesAddresses": manner.refusesAddresses, "neverAnswers": manner.neverAnswers,
        ]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: manners), as: UTF8.self)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-W", "ignore", "-c", Self.script, folder.path, json]
        process.standardInput = FileHandle.nullDevice
        let log = folder.appendingPathComponent("log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        let file = folder.appendingPathComponent("port")
        let end = Date() + 30
        while process.isRunning, Date() < end, !FileManager.default.fileExists(atPath: file.path) {
            usleep(20_000)
        }
        guard let text = try? String(contentsOf: file, encoding: .utf8), let port = Int(text) else {
            let log = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            throw Machine.Failure(text: "no mail server came up: \(log)")
        }
        self.port = port
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Ends it, as a server that is switched off.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    struct Mail {
        let from: String
        let to: [String]
        let wasEncrypted: Bool
        let user: String?
        /// By Python's own reader of mail.
        let headers: [String: String]
        let subject: String
        let body: String
        /// What the reader found wrong with it.
        let defects: Int
    }

    /// What came, oldest first.
    func mails() throws -> [Mail] {
        let reader = """
            import email, email.policy, glob, json, sys
            out = []
            for name in sorted(glob.glob(sys.argv[1] + "/*.mail")):
                with open(name, "rb") as file: envelope, text = json.loads(file.readline()), file.read()
                mail = email.message_from_bytes(text, policy=email.policy.default)
                out.append(dict(envelope, headers={k: str(v) for k, v in mail.items()}, body=mail.get_content().replace("\\r\\n", "\\n"),
                    defects=len(mail.defects)))
            sys.stdout.write(json.dumps(out))
            """
        let output = try Machine.run(["/usr/bin/python3", "-c", reader, folder.path]).output
        let list = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]])
        return list.map { one in
            let headers = one["headers"] as? [String: String] ?? [:]
            return Mail(
                from: one["from"] as? String ?? "", to: one["to"] as? [String] ?? [],
                wasEncrypted: one["tls"] as? Bool ?? false, user: one["user"] as? String, headers: headers,
                subject: headers["Subject"] ?? "", body: one["body"] as? String ?? "",
                defects: one["defects"] as? Int ?? -1)
        }
    }
}
