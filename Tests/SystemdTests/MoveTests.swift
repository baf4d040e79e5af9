// The archive moves to another disk, by the commands that docs/operating.md gives, and says the same there.
import Testing

extension MachineTests.ServiceTests {
    @Test func theArchiveMovesToABiggerDisk() throws {
        let isReady = "flipctl list --state ready | grep -q ready"
        if Machine.run(isReady).status != 0 {
            let clip = "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=64x48:rate=12:duration=1"
            Machine.run("\(clip) /tmp/moves.mov && mv /tmp/moves.mov /srv/flipd/incoming/moves.mov")
        }
        try #require(
            Machine.waits(seconds: 60, for: isReady), "\(Machine.run("journalctl -u flipd -o cat").text)")
        let before = Machine.run("flipctl --json list").text

        // A folder plays the disk: nothing else is different, for a container has no disks of its own.
        Machine.run("mkdir /var/tmp/disk")
        let all = try Machine.commands("Moving to a bigger disk")
        let second = try #require(all.dropFirst().firstIndex(of: "systemctl stop flipd"))
        for step in all[..<second] {
            let step =
                step.replacing("mount /dev/sdb1", with: "mount --bind /var/tmp/disk")
                .replacing("UUID=$(blkid -o value -s UUID /dev/sdb1)", with: "/var/tmp/disk")
                .replacing("ext4 defaults,nofail 0 2", with: "none bind,nofail 0 0")
                .replacing(" && chattr +i /srv/flipd", with: "")
            let done = Machine.run(step)
            // The doctor warns of what else is not as it should be.
            #expect(done.status == 0 || step == "flipctl doctor" && done.status == 1, "\(step): \(done.text)")
            if step.hasPrefix("rsync ") { #expect(done.text == "", "\(step)") }
            if step == "flipctl doctor" { #expect(done.text.contains("both on /srv/flipd"), "\(done.text)") }
        }
        #expect(Machine.run("mountpoint -q /srv/flipd").status == 0)
        #expect(Machine.run("flipctl --json list").text == before)

        Machine.run("systemctl stop flipd; umount /srv/flipd; sed -i /srv.flipd/d /etc/fstab; rmdir /srv/flipd")
        Machine.run("mv /srv/flipd.old /srv/flipd; systemctl daemon-reload; systemctl start flipd")
        #expect(Machine.run("flipctl --json list").text == before)
    }
}
