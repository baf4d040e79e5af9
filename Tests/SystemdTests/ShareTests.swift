// The share as docs/sharing.md sets it up: Debian's own smbd and sshd with etc/samba-flipd.conf and the lines of that
// page, and two people and a stranger in front of them.
import Platform
import Testing

extension MachineTests.ServiceTests {
    private static let clip =
        "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -f mov"

    /// smbclient as somebody, doing these things in a share.
    private func smb(_ user: String, _ share: String = "incoming", _ commands: String...) -> String {
        let line = (["lcd /tmp/sent"] + commands).joined(separator: "; ")
        return Machine.run("smbclient -U '\(user)%secret' //127.0.0.1/\(share) -c '\(line)'").text
    }

    /// Runs what the page says for somebody, with a password given.
    private func welcome(_ user: String) throws {
        for step in try Machine.commands("People", of: "sharing.md") {
            let step = step.replacing("anna", with: user).replacing(
                "smbpasswd -a", with: "printf 'secret\\nsecret\\n' | smbpasswd -s -a")
            try expectDone(step)
        }
    }

    private func expectDone(_ step: String) throws {
        let done = Machine.run(step)
        let told = done.status == 0 ? "" : Machine.run("journalctl -b -p notice | tail -n 20").text
        try #require(done.status == 0, "\(step): \(done.text)\n\(told)")
    }

    private func expect(within seconds: Double = 60, _ condition: String) {
        #expect(
            Machine.waits(seconds: seconds, for: condition),
            "\(condition): \(Machine.run("ls -lR /srv/flipd/incoming; journalctl -u flipd -o cat | tail -n 20").text)"
        )
    }

    private func mode(_ path: String) -> String {
        Machine.run("stat -c '%U %G %a' '/srv/flipd/incoming/\(path)'").text
    }

    /// A client that writes a whole file and keeps it open until it is let go.
    private static let holder = """
        import ctypes, os, sys, time
        smb = ctypes.CDLL("libsmbclient.so.0")
        smb.smbc_write.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
        nobody = ctypes.CFUNCTYPE(None, *[ctypes.c_char_p] * 3, ctypes.c_int, *[ctypes.c_char_p, ctypes.c_int] * 2)
        asked = nobody(lambda *_: None)
        smb.smbc_init(asked, 0)
        file = smb.smbc_open(b"smb://anna:secret@127.0.0.1/incoming/held.mov", os.O_WRONLY | os.O_CREAT, 0o644)
        bytes = open("/tmp/sent/held.mov", "rb").read()
        assert smb.smbc_write(file, bytes, len(bytes)) == len(bytes)
        while not os.path.exists("/tmp/let-go"): time.sleep(0.1)
        assert smb.smbc_close(file) == 0
        """

    @Test func peopleShareOneDropFolder() throws {
        Machine.run(
            "printf '[Intake]\\nSettle=1s\\n' >/etc/flipd/flipd.conf.d/share.conf; systemctl reset-failed flipd; systemctl restart flipd"
        )
        Machine.run(
            "mkdir -p /tmp/sent; for n in 'IMG 1' held away; do \(Self.clip) \"/tmp/sent/$n.mov\"; done")
        // No two may be the same, nor like one that another test has dropped.
        Machine.run(#"cd /tmp/sent; for n in *.mov; do printf '\0\0\0\14free%.4s' "$n" >>"$n"; done"#)
        Machine.run("cd /tmp/sent; for n in letter list; do echo $n >$n.pdf; done")
        Machine.run("cd /tmp/sent; for n in Thumbs.db ._letter.pdf .DS_Store; do echo $n >$n; done")
        for step in try Machine.commands("By Samba", of: "sharing.md") where !step.hasPrefix("apt ") {
            try expectDone(step)
        }
        try welcome("anna")
        try welcome("ben")
        Machine.run("useradd carl; printf 'secret\\nsecret\\n' | smbpasswd -s -a carl")
        bySamba()
        try bySSH()
        Machine.run(
            "rm /etc/flipd/flipd.conf.d/share.conf; rm -r /srv/flipd/incoming/*; systemctl stop smbd ssh")
        Machine.run("systemctl reset-failed flipd; systemctl restart flipd")
    }

    private func bySamba() {
        let complaints = "testparm -s 2>&1 >/dev/null | grep -Eiv '^(Load|Loaded|Server role|Weak crypto)|^$'"
        #expect(Machine.run(complaints).text == "")

        Machine.run(
            "cat >/tmp/holder.py <<'END'\n\(Self.holder)\nEND\nsystemd-run -u holder python3 /tmp/holder.py")
        expect("cmp -s /tmp/sent/held.mov /srv/flipd/incoming/held.mov")
        // What systems leave is let in and left alone: an error would stop a copy of many files.
        let junk = "put Thumbs.db; put ._letter.pdf; put .DS_Store"
        let sent = smb("anna", "incoming", "mkdir Share; cd Share", "put \"IMG 1.mov\"", "put letter.pdf", junk)
        #expect(!sent.contains("NT_STATUS"), "\(sent)")
        #expect(smb("anna", "incoming", "mkdir .Trashes").contains("NT_STATUS_OBJECT_NAME_NOT_FOUND"))
        #expect(mode("Share") == "anna flipd 2770")
        expect("flipctl --json list --state ready --name 'IMG 1' | grep -q '\"source_owner\":\"anna\"'")
        expect("test -e /srv/flipd/incoming/Problems/Share/letter.pdf.txt")
        #expect(mode("Problems/Share/letter.pdf") == "anna flipd 660")
        #expect(mode("Share/Thumbs.db") == "anna flipd 660")
        // A name that is no UTF-8 hides none but itself.
        Machine.run("cd /srv/flipd/incoming/Share && touch $(printf 'b\\377.part')")
        #expect(smb("ben", "incoming", "ls Share/*").contains(#/Thumbs\.db +AH /#))

        // Meanwhile the other stands whole, and is not taken: its client may write on.
        expect("test -e /srv/flipd/incoming/held.mov")
        #expect(Machine.run("touch /tmp/let-go").status == 0)
        expect("flipctl --json list --state ready --name held | grep -q '\"source_owner\":\"anna\"'")
        #expect(Machine.run("systemctl is-failed holder").text == "inactive")

        // A client's own idea of permissions shuts nobody out.
        Machine.run(
            "smbcacls -U anna%secret //127.0.0.1/incoming Problems/Share/letter.pdf -S ACL:anna:ALLOWED/0x0/FULL"
        )
        #expect(mode("Problems/Share/letter.pdf") == "anna flipd 660")
        // What anna dropped ben may see, try again and throw away, and the notes with it.
        let problems = "cd Problems/Share"
        let note = smb("ben", "incoming", problems, "get letter.pdf.txt /dev/stdout")
        #expect(note.contains("This is neither a video nor a photo"), "\(note)")
        #expect(smb("ben", "incoming", "get \"What happened.html\" /dev/stdout").contains("letter.pdf"))
        let back = [
            "rename Problems\\Share\\letter.pdf Share\\letter.pdf", "del Problems\\Share\\letter.pdf.txt",
        ]
        #expect(smb("ben", "incoming", back[0], back[1]) == "")
        expect("test -e /srv/flipd/incoming/Problems/Share/letter.pdf.txt")
        #expect(
            smb("ben", "incoming", problems, "setmode letter.pdf +r", "del letter.pdf", "del letter.pdf.txt")
                == "")
        #expect(Machine.run("ls /srv/flipd/incoming/Problems/Share").text == "")

        // Strangers have no business here, and nobody writes into the archive.
        #expect(smb("carl", "incoming", "ls").contains("NT_STATUS_ACCESS_DENIED"))
        #expect(smb("carl", "archive", "ls").contains("NT_STATUS_ACCESS_DENIED"))
        #expect(Machine.run("smbclient -N //127.0.0.1/incoming -c ls").text.contains("NT_STATUS_ACCESS_DENIED"))
        #expect(smb("anna", "archive", "put letter.pdf").contains("NT_STATUS_ACCESS_DENIED"))
        #expect(smb("anna", "archive", "recurse; ls").contains(#/[0-9a-f-]{36}\.mp4 /#))
    }

    private func bySSH() throws {
        let lines = try Machine.commands("By SFTP", of: "sharing.md")
        let settings = lines.filter { $0.first?.isUppercase == true }
        #expect(settings.count == 4)
        Machine.run(
            "printf '\(settings.joined(separator: "\\n"))\\n' >/etc/ssh/sshd_config.d/flipd.conf"
        )
        try expectDone("systemctl start ssh")
        for step in lines where step.hasPrefix("systemctl ") { try expectDone(step) }
        Machine.run("ssh-keygen -q -t ed25519 -N '' -f /tmp/key; useradd -m -G flipd,sudo dora")
        for user in ["anna", "ben", "dora"] {
            Machine.run("install -D -o \(user) -m 600 /tmp/key.pub /home/\(user)/.ssh/authorized_keys")
        }
        let options = "-q -i /tmp/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        let put =
            "printf 'mkdir Visit\\ncd Visit\\nput /tmp/sent/away.mov\\n' | sftp \(options) -b - anna@127.0.0.1"
        try expectDone(put)
        try expectDone("scp \(options) /tmp/sent/list.pdf anna@127.0.0.1:Visit/list.pdf")
        expect("flipctl --json list --state ready --name away | grep -q '\"source_owner\":\"anna\"'")
        expect("test -e /srv/flipd/incoming/Problems/Visit/list.pdf.txt")
        #expect(mode("Visit") == "anna flipd 2770")
        #expect(mode("Problems/Visit/list.pdf") == "anna flipd 640")
        try expectDone(
            "printf 'get Problems/Visit/list.pdf.txt /tmp/note\\nrm Problems/Visit/*\\n' | sftp \(options) -b - ben@127.0.0.1"
        )
        #expect(Machine.run("cat /tmp/note").text.contains("This is neither a video nor a photo"))

        // Nothing else is theirs: no shell, and no tunnel to the page. Administrators are as before.
        #expect(
            Machine.run("ssh \(options) ben@127.0.0.1 id").text == "This service allows sftp connections only.")
        func status(through user: String) -> String {
            let tunnel = "ssh \(options) -N -L /tmp/\(user):127.0.0.1:8420 \(user)@127.0.0.1"
            let waiting = "for n in $(seq 100); do test -S /tmp/\(user) && break; sleep 0.1; done"
            let question = "curl -s -m 20 --unix-socket /tmp/\(user) http://localhost/v1/status"
            return Machine.run("timeout 20 \(tunnel) >/dev/null 2>&1 & \(waiting); \(question); kill $!").text
        }
        #expect(status(through: "ben") == "")
        #expect(status(through: "dora").contains("\"counts\""))
        #expect(Machine.run("ssh \(options) dora@127.0.0.1 id -un").text == "dora")
    }
}
