// flipd.service as it is installed, under a real systemd: started, watched, killed, frozen, misconfigured, and given
// files by somebody who is not flipd.
import Glibc
import Platform
import Testing

/// One machine after the other.
@Suite(
    .serialized, .enabled(if: Machine.hindrance == nil, "\(Machine.hindrance ?? "")"), .timeLimit(.minutes(5)))
enum MachineTests {}

extension MachineTests {
    @Suite(.serialized, .inMachine) struct ServiceTests {
        /// The machine as an administrator leaves it after reading README.md; the first test pays for it.
        init() throws {
            if Machine.property("ActiveState") == "active" { return }
            try Machine.install()
            Machine.run("printf 'u visitor - -\\nm visitor flipd\\n' | systemd-sysusers -")
        }

        @Test func theUnitHasNothingToComplainOf() {
            let answer = Machine.run("systemd-analyze verify --man=no flipd.service")
            #expect(answer.status == 0)
            #expect(answer.text == "")
        }

        @Test func systemdKnowsHowItIs() {
            #expect(Machine.property("Type") == "notify")
            #expect(Machine.property("NotifyAccess") == "main")
            #expect(Machine.property("WatchdogUSec") == "30s")
            #expect(Machine.property("StatusText").hasPrefix("Taking files from /srv/flipd/incoming."))
            #expect(Machine.run("stat -c '%U %G %a' /run/flipd/status.sock").text == "flipd flipd 660")
            #expect(Machine.run("stat -c '%U %G %a' /srv/flipd/incoming").text == "flipd flipd 2775")
        }

        @Test func itRunsAsNobodyInParticular() {
            let status = Machine.run("cat /proc/$(systemctl show flipd -P MainPID)/status").text
            let user = Machine.run("id -u flipd").text
            #expect(status.contains("Uid:\t\(user)\t\(user)\t\(user)\t\(user)\n"))
            // CHOWN, DAC_OVERRIDE, FOWNER, LEASE.
            #expect(status.contains("CapBnd:\t000000001000000b\n"))
            #expect(status.contains("NoNewPrivs:\t1\n"))
        }

        @Test func membersOfTheGroupMayAskAndOthersMayNot() {
            #expect(Machine.run(as: "visitor", "flipctl status").status == 0)
            #expect(
                Machine.run("setpriv --reuid nobody --regid nogroup --clear-groups flipctl status").status == 3)
        }

        /// One line of `journalctl -o json`.
        private struct Entry: Decodable {
            let MESSAGE: String
            let MESSAGE_ID: String
            let PRIORITY: String
            let FLIPD_STATE: String
            let FLIPD_SOURCE: String
            let FLIPD_SECONDS: String?
            let _SYSTEMD_UNIT: String
        }

        private func entries(_ fields: String) throws -> [Entry] {
            let lines = Machine.run("journalctl -o json \(fields)").text.split(separator: "\n")
            return try lines.map { try JSON.decode(Entry.self, from: Array($0.utf8)) }
        }

        @Test func whatAVisitorDropsIsPublishedAndToldByField() throws {
            let clip = """
                ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=320x240:rate=25:duration=2 \
                -f lavfi -i sine=duration=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -f mov
                """
            let drop = Machine.run(
                as: "visitor",
                "mkdir -p /srv/flipd/incoming/Loom && umask 027 && \(clip) '/srv/flipd/incoming/Loom/IMG 1.mov'"
            )
            try #require(drop.status == 0, "\(drop.text)")
            let published = "journalctl MESSAGE_ID=c622caa506e7440f815423fc87a214f2 | grep -q 'IMG 1.mov'"
            try #require(
                Machine.waits(seconds: 60, for: published), "\(Machine.run("journalctl -u flipd -o cat").text)")

            struct Page: Decodable {
                struct Asset: Decodable {
                    let id: String
                    let folder: String
                    let source_owner: String?
                }
                let assets: [Asset]
            }
            let list = Machine.run("flipctl --json list --state ready --name 'IMG 1'").text
            let asset = try #require(try JSON.decode(Page.self, from: Array(list.utf8)).assets.first)
            #expect(asset.source_owner == "visitor")
            #expect(
                Machine.run("cd /srv/flipd/library/\(asset.folder) && sha256sum -c --quiet SHA256SUMS").status
                    == 0)
            #expect(
                Machine.run("stat -c '%U %a' /srv/flipd/library/originals/*/*/*/\(asset.id).mov").text
                    == "flipd 440")

            let story = try entries("FLIPD_ASSET=\(asset.id)")
            #expect(story.map(\.FLIPD_STATE) == ["pending", "pending", "ready"])
            #expect(Set(story.map(\.FLIPD_SOURCE)) == ["Loom/IMG 1.mov"])
            #expect(Set(story.map(\._SYSTEMD_UNIT)) == ["flipd.service"])
            #expect(story.last?.FLIPD_SECONDS.flatMap(Double.init) ?? 0 > 0)
            #expect(story.last?.PRIORITY == "6")
            let explained = Machine.run("journalctl -x FLIPD_ASSET=\(asset.id)").text
            #expect(explained.contains("Subject: Published: Loom/IMG 1.mov"))
            #expect(explained.contains("flipctl show \(asset.id)"))
            // Its worker had both Landlock and seccomp, under the unit's own filter.
            #expect(try entries("MESSAGE_ID=2c099b8de9b548848273871193900aca").isEmpty)
        }

        @Test func whatCannotBeUsedGoesBackToItsOwner() throws {
            let place = "/srv/flipd/incoming/Problems/Letters/dear.mov"
            Machine.run(
                as: "visitor",
                "mkdir -p /srv/flipd/incoming/Letters && umask 026 && echo Dear >/srv/flipd/incoming/Letters/dear.mov"
            )
            try #require(
                Machine.waits(seconds: 60, for: "test -e \(place).txt"), "\(Machine.run("flipctl list").text)")
            #expect(Machine.run("stat -c '%U %G %a' \(place)").text == "visitor flipd 640")
            #expect(Machine.run("stat -c '%U %G %a' /srv/flipd/incoming/Problems").text == "flipd flipd 2775")
            #expect(
                Machine.run(as: "visitor", "cat \(place).txt").text.contains(
                    "This is neither a video nor a photo"))
            let entry = try #require(try entries("FLIPD_PROBLEM=not-media").last)
            #expect(entry.FLIPD_STATE == "failed")
            #expect(entry.PRIORITY == "4")
        }

        @Test func aMissingDiskIsNoticedWithinTheServicesOwnView() {
            #expect(Machine.run("mount -t tmpfs none /srv/flipd/library").status == 0)
            #expect(Machine.waits(seconds: 20, for: "flipctl --json status | grep -q '\"critical\"'"))
            #expect(Machine.property("StatusText").contains("missing"))
            #expect(Machine.run("umount /srv/flipd/library").status == 0)
            // What is published in another test has no second copy.
            let isOver =
                "flipctl --json status >/tmp/status && ! grep -Eq 'critical|library-missing' /tmp/status"
            #expect(Machine.waits(seconds: 20, for: isOver))
            #expect(Machine.property("StatusText").hasPrefix("Taking files from /srv/flipd/incoming."))
        }

        @Test func killedItComesBack() {
            let (before, restarts) = (Machine.property("MainPID"), Machine.property("NRestarts"))
            Machine.run("kill -9 \(before)")
            #expect(
                Machine.waits(
                    seconds: 20,
                    for:
                        "test $(systemctl show flipd -P NRestarts) -gt \(restarts) && systemctl is-active flipd"
                ))
            #expect(Machine.property("MainPID") != before)
            #expect(Machine.run("flipctl status").status == 0)
        }

        @Test func frozenItIsReplaced() {
            let dropIn = "/run/systemd/system/flipd.service.d/test.conf"
            Machine.run("mkdir -p ${0%/*}; printf '[Service]\\nWatchdogSec=3s\\n' >$0", dropIn)
            Machine.run("systemctl daemon-reload; systemctl restart flipd")
            let before = Machine.property("MainPID")
            // Left alone for longer than the watchdog's patience, it lives.
            usleep(5_000_000)
            #expect(Machine.property("MainPID") == before)
            Machine.run("kill -STOP \(before)")
            #expect(
                Machine.waits(
                    seconds: 20,
                    for: "test $(systemctl show flipd -P MainPID) -ne \(before) && systemctl is-active flipd"))
            #expect(Machine.run("journalctl -u flipd").text.contains("Watchdog timeout"))
            Machine.run("rm \(dropIn); systemctl daemon-reload; systemctl restart flipd")
        }

        @Test func aMistakeLeavesTheOldConfigurationInForce() {
            let dropIn = "/etc/flipd/flipd.conf.d/mistake.conf"
            let before = Machine.property("MainPID")
            Machine.run("printf '[Video]\\nQuality=900\\n' >$0; systemctl reload flipd", dropIn)
            let told = "journalctl MESSAGE_ID=dd49e97930a948938145b46e35bbeeff -o cat"
            #expect(Machine.waits(seconds: 5, for: "\(told) | grep -q 'The old configuration stays in force.'"))
            #expect(Machine.run(told).text.contains("\(dropIn):2: Quality=900 is not allowed"))
            #expect(Machine.property("MainPID") == before)
            #expect(Machine.run("flipctl --json status").text.contains(#""code":"configuration""#))

            // Started with it, flipd ends with 2 and is not tried again.
            #expect(Machine.run("systemctl restart flipd").status != 0)
            #expect(Machine.property("ExecMainStatus") == "2")
            #expect(Machine.property("ActiveState") == "failed")
            Machine.run("rm \(dropIn); systemctl reset-failed flipd")
            #expect(Machine.run("systemctl start flipd").status == 0)
        }

        @Test func askedToStopItStopsAndPutsItsSocketAway() {
            let began = Clock.monotonic_s()
            Machine.run("systemctl stop flipd")
            #expect(Clock.monotonic_s() - began < 10)
            #expect(Machine.property("Result") == "success")
            #expect(Machine.run("test -e /run/flipd/status.sock").status == 1)
            #expect(Machine.run("test -d /run/flipd").status == 0)
            #expect(Machine.run("flipctl status").status == 3)
            #expect(Machine.run("systemctl start flipd").status == 0)
        }
    }
}

extension Machine {
    /// Runs a line of shell in the machine as another user, with that user's groups.
    @discardableResult
    fileprivate static func run(as user: String, _ line: String) -> (status: Int32, text: String) {
        let quoted = line.replacing("'", with: #"'\''"#)
        return run("setpriv --reuid \(user) --regid \(user) --init-groups sh -c '\(quoted)'")
    }

    /// Runs a line of shell that means a file by `$0`.
    fileprivate static func run(_ line: String, _ file: String) {
        run(line.replacing("$0", with: file).replacing("${0%/*}", with: "$(dirname \(file))"))
    }
}
