// Mail, as it comes to a real mail server: when somebody is needed, when not all is well and when it is again; a server
// that is down, that wants TLS or a password, or says no.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: SmtpServer.hindrance == nil, "\(SmtpServer.hindrance ?? "")"))
struct MailTests {
    /// What is ten minutes elsewhere is a second here.
    private func flipd(
        _ port: Int, _ more: [String] = [], start: Bool = true, backedUp: Bool = true
    ) throws -> Flipd {
        try Flipd(
            [
                "--set", "Notify.Mail=anna@example.org ben@example.org", "--set", "Notify.MailAfter=1s",
                "--set",
                "Notify.Smtp=smtp://127.0.0.1:\(port)",
            ] + more, start: start, backedUp: backedUp)
    }

    private func wait(
        _ flipd: Flipd, _ server: SmtpServer, for count: Int, about words: String
    ) throws -> [SmtpServer.Mail] {
        var found: [SmtpServer.Mail] = []
        try flipd.waitUntil("\(count) mails about “\(words)” came") {
            found = try server.mails().filter { $0.subject.contains(words) }
            return found.count >= count
        }
        return found
    }

    @Test func a_flood_of_bad_files_is_one_mail_or_two_and_the_names_do_no_harm() throws {
        let server = try SmtpServer()
        let flipd = try flipd(
            server.port, ["--set", "Notify.MailAfter=4s", "--set", "Intake.MaxVideoSize=1K"], start: false)
        let evil = "x\nSubject: cheap pills\r\nBcc: all@example.org\u{1B}[31m.txt"
        // Too large to be taken, so that nothing has to be opened.
        let drop = """
            mkdir -p "$0/Loom" && cd "$0/Loom" && head -c 2000 /dev/zero > "$1" &&
            for n in $(seq 99); do cp "$1" $n.txt; done
            """
        try Machine.run(Machine.asOrdinaryUser + ["sh", "-c", drop, flipd.incoming.path, evil])
        try flipd.start()
        try flipd.waitUntil("all are handed back") {
            (try flipd.status()["needs_you"] as? Int) == 100
        }
        _ = try wait(flipd, server, for: 1, about: "you")
        // A machine that is slow may have something to say of itself.
        let mails = try server.mails().filter { $0.subject.contains("need") && $0.subject.contains("you") }
        #expect((1...2).contains(mails.count), "\(mails.map(\.subject))")
        for mail in mails {
            #expect(mail.to == ["anna@example.org", "ben@example.org"])
            #expect(mail.from == mail.headers["From"]?.dropFirst(7).dropLast().description)
            #expect(mail.headers["Auto-Submitted"] == "auto-generated")
            #expect(mail.headers["Bcc"] == nil && mail.headers["To"] == "anna@example.org, ben@example.org")
            #expect(mail.defects == 0)
            #expect(mail.subject.contains("need you") && !mail.subject.contains("pills"))
            #expect(mail.body.contains("This file is larger than the archive accepts."))
            #expect(
                mail.body.contains(
                    "Make a smaller version, of a video perhaps a shorter one, and drop that instead."))
            #expect(!mail.body.contains("\nSubject:") && !mail.body.contains("\u{1B}"))
        }
        let names = mails.first?.body.matches(of: /\nLoom\//).count ?? 0
        #expect((1...20).contains(names))
    }

    @Test func amber_red_and_well_again_are_told() throws {
        let server = try SmtpServer()
        let flipd = try flipd(server.port, backedUp: false)
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        _ = try flipd.asset("a.mp4", is: "ready")
        let amber = try #require(try wait(flipd, server, for: 1, about: "not all is well").first)
        #expect(amber.body.contains("No second copy exists"))
        #expect(amber.wasEncrypted == false)
        // Unplugged: the marker is gone.
        let marker = flipd.library.appendingPathComponent(".flipd-library")
        let aside = flipd.root.appendingPathComponent("aside")
        try FileManager.default.moveItem(at: marker, to: aside)
        let red = try #require(try wait(flipd, server, for: 1, about: "seriously wrong").first)
        #expect(red.body.contains("The archive's folder is missing"))
        try FileManager.default.moveItem(at: aside, to: marker)
        // It had a second copy all the time, as far as anybody can tell.
        try flipd.stop()
        try flipd.reportBackup(to: flipd.root.path + "/copy")
        try flipd.start(["--set", "Backup.Destination=\(flipd.root.path)/copy"])
        _ = try wait(flipd, server, for: 1, about: "all is well again")
        #expect(flipd.log.contains("Sent mail to anna@example.org, ben@example.org: "))
    }

    @Test func a_server_that_is_down_hinders_nothing_and_gets_its_mail_later() throws {
        let first = try SmtpServer()
        let port = first.port
        first.stop()
        let flipd = try flipd(port)
        try flipd.write("no video", as: "bad.txt")
        _ = try flipd.asset("bad.txt", is: "failed")
        try flipd.waitUntil("the status says so") {
            let reasons = try flipd.status()["reasons"] as? [[String: String]] ?? []
            return reasons.contains { $0["code"] == "mail" && $0["text"]?.contains("127.0.0.1") == true }
        }
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        _ = try flipd.asset("a.mp4", is: "ready")
        // Told once, however often it is tried.
        Thread.sleep(forTimeInterval: 1)
        #expect(flipd.log.components(separatedBy: "Mail cannot be sent").count == 2)
        // Over a restart too nothing is forgotten.
        try flipd.stop()
        let server = try SmtpServer(SmtpServer.Manner(port: port))
        try flipd.start()
        let mail = try #require(try wait(flipd, server, for: 1, about: "a file needs you").first)
        #expect(mail.body.contains("bad.txt"))
        try flipd.waitUntil("all is well") { (try flipd.status()["state"] as? String) == "ok" }
        // It is told once.
        try flipd.stop()
        try flipd.start()
        Thread.sleep(forTimeInterval: 2.5)
        #expect(try server.mails().count == 1)
    }

    @Test func it_stops_at_once_while_a_server_does_not_answer() throws {
        let server = try SmtpServer(SmtpServer.Manner(neverAnswers: true))
        let flipd = try flipd(server.port)
        try flipd.write("no video", as: "bad.txt")
        _ = try flipd.asset("bad.txt", is: "failed")
        Thread.sleep(forTimeInterval: 2)
        let end = try flipd.stop()
        #expect(end.code == 0 && end.seconds < 8)
    }

    /// Sends a trial mail; what flipd said, with its exit code.
    private func trial(_ smtp: String, _ more: [String] = []) throws -> Machine.Result {
        try Machine.run(
            [Machine.program("flipd"), "--root", "/nonexistent", "--mail-test", "--set", "Notify.Smtp=\(smtp)"]
                + ["--set", "Notify.Mail=anna@example.org"] + more, mustSucceed: false)
    }

    @Test func tls_is_used_where_it_is_offered() throws {
        let server = try SmtpServer(SmtpServer.Manner(address: "127.0.0.2", offersTLS: true))
        let result = try trial(
            "smtp://127.0.0.2:\(server.port)", ["--set", "Notify.MailFrom=flipd@museum.example"])
        #expect(result.output == "The mail server took a mail to anna@example.org.\n", "\(result.errors)")
        let mail = try #require(try server.mails().first)
        #expect(mail.wasEncrypted)
        #expect(mail.from == "flipd@museum.example")
        #expect(mail.subject.hasSuffix(": mail works"))
    }

    @Test func a_password_goes_to_this_machine_and_else_only_over_tls() throws {
        let here = try SmtpServer(SmtpServer.Manner(wantsPassword: true))
        #expect(try trial("smtp://anna:pass%3Aw%2Frd@127.0.0.1:\(here.port)").status == 0)
        #expect(try here.mails().first?.user == "anna")
        let wrong = try trial("smtp://anna:wrong@127.0.0.1:\(here.port)")
        #expect(wrong.status == 1 && wrong.errors.contains("it says “535"), "\(wrong.errors)")

        let open = try SmtpServer(SmtpServer.Manner(address: "127.0.0.2", wantsPassword: true))
        let refused = try trial("smtp://anna:pass%3Aw%2Frd@127.0.0.2:\(open.port)")
        #expect(refused.status == 1 && refused.errors.contains("offers no TLS"), "\(refused.errors)")
        let unknown = try SmtpServer(
            SmtpServer.Manner(address: "127.0.0.2", offersTLS: true, wantsPassword: true))
        let unproven = try trial("smtp://anna:pass%3Aw%2Frd@127.0.0.2:\(unknown.port)")
        #expect(
            unproven.status == 1 && unproven.errors.contains("does not prove its name"), "\(unproven.errors)")
        let wholly = try SmtpServer(SmtpServer.Manner(isTLSFromStart: true))
        #expect(try trial("smtps://127.0.0.1:\(wholly.port)").errors.contains("does not prove its name"))
        #expect(try unknown.mails().count + open.mails().count + wholly.mails().count == 0)
    }

    @Test func a_server_that_says_no_is_quoted() throws {
        let server = try SmtpServer(SmtpServer.Manner(refusesAddresses: true))
        let result = try trial("smtp://127.0.0.1:\(server.port)")
        #expect(result.status == 1)
        #expect(
            result.errors
                == "flipd: 127.0.0.1 does not take the mail: it says “550 5.1.1 No such user here”.\n")
        let none = try trial("smtp://127.0.0.1:\(server.port)", ["--set", "Notify.Mail="])
        #expect(none.status == 2 && none.errors.contains("Mail= in [Notify] is empty"))
    }
}
