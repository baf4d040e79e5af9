// flipd-backup.service and its timer under a real systemd, and the way back after a disaster: all of it by the commands
// that docs/operating.md gives.
import Platform
import Testing

extension MachineTests.ServiceTests {
    @Test func theUnitsHaveNothingToComplainOf() {
        let answer = Machine.run("systemd-analyze verify --man=no flipd-backup.service flipd-backup.timer")
        #expect(answer.status == 0)
        #expect(answer.text == "")
    }

    @Test func aBackupIsMadeAndAfterADisasterItBringsEverythingBack() throws {
        let clip = "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -f mov"
        Machine.run("\(clip) /tmp/a.mov && mv /tmp/a.mov /srv/flipd/incoming/a.mov")
        let isReady = "flipctl list --state ready | grep -q a.mov"
        try #require(
            Machine.waits(seconds: 60, for: isReady), "\(Machine.run("journalctl -u flipd -o cat").text)")
        #expect(Machine.run("flipctl status").text.contains("No second copy exists"))

        Machine.run("install -d -o flipd -g flipd /mnt/backup/flipd")
        var steps = try Machine.commands("The second copy")
        let settings = steps.prefix { !$0.contains("systemctl") }
        steps.removeFirst(settings.count)
        let text = settings.joined(separator: "\\n")
        Machine.run("printf '\(text)\\n' >/etc/flipd/flipd.conf.d/backup.conf")
        #expect(steps.count == 4)
        for step in steps {
            let done = Machine.run(step)
            #expect(
                done.status == 0,
                "\(step): \(done.text) \(Machine.run("journalctl -u flipd-backup -o cat").text)")
        }
        let status = Machine.run("flipctl status").text
        #expect(status.contains("\nAll well.\n") && status.contains("backed up"), "\(status)")
        #expect(
            Machine.run("journalctl MESSAGE_ID=19c6db4740544dbb9f9248be3b4af816 -o cat").text.contains(
                "to /mnt/backup/flipd"))
        #expect(Machine.run("systemctl show flipd-backup.timer -P NextElapseUSecRealtime").text.contains(":"))
        let before = Machine.run("flipctl --json list").text

        Machine.run("systemctl stop flipd flipd-backup.timer; rm -rf /srv/flipd/library /var/lib/flipd")
        Machine.run("systemd-tmpfiles --create")
        for step in try Machine.commands("After a disaster") {
            let done = Machine.run(step)
            #expect(done.status == 0, "\(step): \(done.text)")
        }
        #expect(Machine.run("flipctl --json list").text == before)
        let check =
            "for f in /srv/flipd/library/media/*/*/*/*; do (cd $f && sha256sum -c --quiet SHA256SUMS); done"
        #expect(Machine.run(check).text == "")
        #expect(Machine.run("stat -c '%U %a' /srv/flipd/library/media/*/*/*/* | sort -u").text == "flipd 555")
        #expect(Machine.run("systemctl start flipd-backup").status == 0)
        Machine.run("rm /etc/flipd/flipd.conf.d/backup.conf; systemctl disable --now flipd-backup.timer")
        Machine.run("systemctl restart flipd")
    }
}
