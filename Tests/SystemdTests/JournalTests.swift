// What the journal tells whoever reads only warnings, and what `systemctl status` shows, under a real systemd.
import Platform
import Testing

extension MachineTests.ServiceTests {
    private func count(_ fields: String) -> Int {
        Int(Machine.run("journalctl -q -o cat \(fields) | wc -l").text) ?? -1
    }

    @Test func lastWordsAreThereThoughTheJournalReadsThemTooLate() {
        let conf = "/etc/flipd/flipd.conf.d/elsewhere.conf"
        // Systemd was not told of this folder.
        Machine.run("systemctl stop flipd; mkdir -p /mnt/elsewhere")
        Machine.run("printf '[Folders]\\nIncoming=/mnt/elsewhere\\n' >\(conf)")
        Machine.run("kill -STOP $(systemctl show systemd-journald -P MainPID)")
        Machine.run("systemctl start --no-block flipd")
        // By then nobody can say any more which service the first try was.
        #expect(Machine.waits(seconds: 30, for: "test $(systemctl show flipd -P NRestarts) -ge 1"))
        Machine.run("systemctl stop flipd; rm \(conf)")
        Machine.run("kill -CONT $(systemctl show systemd-journald -P MainPID); journalctl --sync")
        let story = Machine.run("journalctl -u flipd -o cat -n 20").text
        #expect(story.contains("systemctl daemon-reload"), "\(story)")
        Machine.run("systemctl reset-failed flipd; systemctl start flipd")
        #expect(Machine.property("ActiveState") == "active")
    }

    @Test func warningsAreWhatNeedsSomebodyAndNoFlood() {
        Machine.run("systemctl restart flipd")
        let here = "_SYSTEMD_INVOCATION_ID=\(Machine.property("InvocationID"))"
        let handedBack = "\(here) MESSAGE_ID=8d3b137aa06b4b148dc2b0f02846c027"
        let clip = "ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=80x48:rate=10:duration=1 -f mov"
        Machine.run("mkdir /srv/flipd/incoming/Bad; \(clip) /srv/flipd/incoming/Bad/good.mov")
        Machine.run("for n in $(seq 25); do echo Dear $n >/srv/flipd/incoming/Bad/$n.mov; done")
        #expect(
            Machine.waits(seconds: 90, for: "test $(journalctl -q -o cat \(handedBack) | wc -l) -ge 25"),
            "\(Machine.run("flipctl status").text)")
        // One entry for each, of which a few are warnings.
        #expect(count(handedBack) == 25)
        let warnings = count("-p warning \(handedBack)")
        // A slow machine may take longer for them than the first half minute.
        #expect(warnings >= 10)
        #expect(
            Machine.waits(
                seconds: 60, for: "journalctl -q -o cat \(here) | grep -q 'Published Bad/good.mov'"))
        // Nothing that does not need somebody is a warning.
        #expect(
            count("-p warning \(here)") == warnings
                + count("\(here) MESSAGE_ID=7b2e90d14c6f4a8f9d35e1a0c8f26b47"))

        #expect(
            Machine.waits(
                seconds: 30,
                for:
                    "systemctl show flipd -P StatusText | grep -Eq 'incoming. [0-9]+ videos?, .*; [0-9]+ need you'"
            ),
            "\(Machine.property("StatusText"))")
        // Half a minute later, or at the end, the rest is told as a number.
        Machine.run("systemctl stop flipd")
        let rest = Machine.run(
            "journalctl -q -o cat -p warning \(here) MESSAGE_ID=7b2e90d14c6f4a8f9d35e1a0c8f26b47"
        ).text
        let told = rest.matches(of: /Handed back ([0-9]+) more files/).compactMap { Int($0.1) }.reduce(0, +)
        #expect(told + warnings == 25, "\(rest)")
        Machine.run("rm -r /srv/flipd/incoming/Problems/Bad; systemctl start flipd")
    }
}
