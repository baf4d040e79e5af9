// The mail that flipd is dead: when systemd has given up, with its last words, and not before.
import Glibc
import Platform
import Testing

extension MachineTests.ServiceTests {
    /// How many mails the server in the machine has taken.
    private var mails: Int { Int(Machine.run("ls /var/tmp/mail/new 2>/dev/null | wc -l").text) ?? -1 }

    @Test(.enabled(if: access("/usr/bin/aiosmtpd", X_OK) == 0, "not installed: python3-aiosmtpd"))
    func whenItIsDeadMailSaysSo() throws {
        let folder = "/etc/flipd/flipd.conf.d"
        Machine.run(
            "systemd-run -u mail aiosmtpd -n -l 127.0.0.1:25 -c aiosmtpd.handlers.Mailbox /var/tmp/mail")
        Machine.run("printf '[Notify]\\nMail=anna@example.org\\n' >\(folder)/mail.conf")
        Machine.run("chown root:flipd \(folder)/mail.conf; chmod 640 \(folder)/mail.conf")
        defer {
            Machine.run("rm -f \(folder)/*.conf; systemctl stop mail; systemctl reset-failed flipd")
            Machine.run("systemctl restart flipd")
        }
        #expect(Machine.run("systemd-analyze verify --man=no flipd-failed.service").text == "")
        #expect(Machine.run("systemctl restart flipd").status == 0)

        // Killed it comes back, and nobody is told.
        let restarts = Machine.property("NRestarts")
        Machine.run("kill -9 $(systemctl show flipd -P MainPID)")
        #expect(
            Machine.waits(
                seconds: 20,
                for: "test $(systemctl show flipd -P NRestarts) -gt \(restarts) && systemctl is-active flipd"))
        #expect(Machine.run("systemctl show flipd-failed -P ExecMainStartTimestamp").text == "")
        #expect(mails == 0)

        Machine.run("printf '[Video]\\nQuality=900\\n' >\(folder)/mistake.conf")
        #expect(Machine.run("systemctl restart flipd").status != 0)
        try #require(
            Machine.waits(seconds: 30, for: "ls /var/tmp/mail/new/* >/dev/null 2>&1"),
            "\(Machine.run("systemctl status flipd-failed; journalctl -u flipd-failed -u mail -o cat").text)")
        let reader = """
            import email, email.policy, glob, sys
            mail = email.message_from_bytes(open(glob.glob("/var/tmp/mail/new/*")[0], "rb").read(), policy=email.policy.default)
            sys.stdout.write("%s %s %s" % (mail["To"], mail["Subject"], mail.get_content()))
            """
        let mail = Machine.run("python3 -c '\(reader)'").text
        #expect(mail.contains("anna@example.org flipd on "))
        #expect(mail.contains(": flipd has failed"))
        #expect(mail.contains("mistake.conf:2: Quality=900 is not allowed"), "\(mail)")
        #expect(Machine.run("systemctl show flipd-failed -P Result").text == "success")
        #expect(mails == 1)
    }
}
