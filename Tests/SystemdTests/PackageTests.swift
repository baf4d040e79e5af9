// The museum's machine: from a bare Debian and the package to an archive, through restarts, a full disk and an upgrade, and
// what is left when the package is removed.
import Platform
import Testing

extension MachineTests {
    @Suite(.serialized, .inMachine) struct PackageTests {
        /// The first test pays for it.
        init() throws {
            if Machine.property("ActiveState") == "active" { return }
            try Machine.install()
        }

        /// Half a second of moving pictures; busy ones keep the encoder at work for some seconds.
        private func drop(_ name: String, isBusy: Bool = false) {
            let busy = "size=640x360:rate=25:duration=6,noise=alls=40:allf=t:all_seed=\(name.utf8.count)"
            let source = isBusy ? busy : "size=64x48:rate=10:duration=0.5"
            Machine.run(
                """
                ffmpeg -nostdin -y -loglevel error -f lavfi -i testsrc2=\(source) -metadata title='\(name)' \
                -c:v mpeg4 -q:v 8 /tmp/clip.mov && mkdir -p "$(dirname '/srv/flipd/incoming/\(name)')" && \
                mv /tmp/clip.mov '/srv/flipd/incoming/\(name)'
                """)
        }

        private func becomes(_ state: String, _ name: String, seconds: Double = 60) -> Bool {
            Machine.waits(seconds: seconds, for: "flipctl list --state \(state) | grep -q '\(name)'")
        }

        private var story: Comment {
            "\(Machine.run("flipctl status; flipctl list; journalctl -u flipd -o cat | tail -n 30").text)"
        }

        @Test func installedItServesAndEverythingHasItsOwner() {
            #expect(Machine.run("systemctl is-enabled flipd").text == "enabled")
            for unit in ["flipd.socket", "flipd-backup.timer", "flipd-verify.timer"] {
                #expect(Machine.run("systemctl is-enabled \(unit)").text == "disabled")
                #expect(Machine.run("systemctl is-active \(unit)").text == "inactive")
            }
            #expect(Machine.run("stat -c '%U %G %a' /srv/flipd").text == "root root 755")
            #expect(Machine.run("stat -c '%U %G %a' /srv/flipd/incoming").text == "flipd flipd 2775")
            #expect(Machine.run("stat -c '%U %G %a' /srv/flipd/library").text == "flipd flipd 755")
            // For those whom root gives it to.
            #expect(Machine.run("stat -c '%U %G %a' /etc/flipd/tokens").text == "flipd root 400")
            #expect(Machine.run("grep -Ex 'museum [0-9a-f]{64}' /etc/flipd/tokens | wc -l").text == "1")
            Machine.run("printf 'u visitor - -\\nm visitor flipd\\n' | systemd-sysusers -")
            #expect(
                Machine.run("setpriv --reuid visitor --regid visitor --init-groups cat /etc/flipd/tokens")
                    .status != 0)
            // Everything that the programs need is a package of Debian; Swift is in them.
            #expect(Machine.run("ldd /usr/bin/flipd /usr/bin/flipctl | grep -i swift").text == "")
            #expect(Machine.run("ldd /usr/bin/flipd | grep -E 'avcodec|avformat|vips'").text == "")
        }

        @Test func theUnitsHaveNothingToComplainOf() {
            let units =
                "$(dpkg -L flipd | grep -E '/system/flipd.*[.](service|socket|timer)$' | xargs -n 1 basename)"
            let answer = Machine.run("systemd-analyze verify --man=no \(units)")
            #expect(answer.status == 0)
            #expect(answer.text == "")
            // 2.2 of 10; what is left is explained in the unit.
            let security = Machine.run("systemd-analyze security --threshold=22 flipd.service")
            #expect(security.status == 0, "\(security.text)")
        }

        @Test func debianHasNothingAgainstThePackage() {
            let answer = Machine.run("lintian --allow-root --fail-on error /root/flipd.deb")
            #expect(answer.status == 0, "\(answer.text)")
        }

        @Test func theTokenChangesThingsOnThePage() {
            drop("Loom/token.mov")
            #expect(becomes("ready", "token.mov"), story)
            let id = Machine.run(
                "flipctl --json list --name token | grep -o '\"id\":\"[^\"]*' | cut -d '\"' -f 4"
            ).text
            let page = "http://127.0.0.1:8420/v1/assets/\(id)"
            let change = "curl -s -o /dev/null -w '%{http_code}' -X DELETE"
            #expect(Machine.run("\(change) \(page)").text == "401")
            let token = #"-H "Authorization: Bearer $(cut -d ' ' -f 2 /etc/flipd/tokens)""#
            #expect(Machine.run("\(change) \(token) \(page)").text == "200")
            #expect(Machine.run("flipctl show \(id)").text.contains("museum"))
        }

        @Test func aJobGoesOnWhenTheMachineStartsAgain() throws {
            drop("restart.mov", isBusy: true)
            #expect(becomes("processing", "restart.mov"), story)
            try Machine.restart()
            #expect(Machine.waits(seconds: 20, for: "systemctl is-active -q flipd"))
            #expect(becomes("ready", "restart.mov", seconds: 120), story)
            #expect(Machine.run("flipctl list | grep -c restart.mov").text == "1")
        }

        @Test func aJobGoesOnWhenFlipdIsKilled() {
            drop("killed.mov", isBusy: true)
            #expect(becomes("processing", "killed.mov"), story)
            let before = Machine.property("MainPID")
            Machine.run("kill -9 \(before)")
            #expect(becomes("ready", "killed.mov", seconds: 120), story)
            #expect(Machine.property("MainPID") != before)
            #expect(Machine.run("flipctl list | grep -c killed.mov").text == "1")
        }

        @Test func aFullDiskIsWaitedFor() {
            Machine.run("systemctl stop flipd; mkdir -p /mnt/kept && mv /srv/flipd/* /mnt/kept/")
            Machine.run("mount -t tmpfs -o size=128M none /srv/flipd && cp -a /mnt/kept/* /srv/flipd/")
            drop(".full.mov")
            Machine.run("systemctl start flipd; dd if=/dev/zero of=/srv/flipd/heap bs=1M 2>/dev/null")
            Machine.run("mv /srv/flipd/incoming/.full.mov /srv/flipd/incoming/full.mov")
            let isTold = "flipctl --json status | grep -q '\"disk-full\"'"
            #expect(Machine.waits(seconds: 40, for: isTold), story)
            #expect(Machine.property("StatusText").hasSuffix("see “flipctl status”."))
            Machine.run("rm /srv/flipd/heap")
            #expect(becomes("ready", "full.mov", seconds: 60), story)
            Machine.run("systemctl stop flipd; cp -a /srv/flipd/library /mnt/full; umount /srv/flipd")
            Machine.run(
                "rm -rf /mnt/kept/library && mv /mnt/full /mnt/kept/library && mv /mnt/kept/* /srv/flipd/")
            Machine.run("systemctl start flipd")
            #expect(Machine.run("flipctl verify --all").status == 0)
        }

        @Test func aDiskThatIsNotThereAtTheStartIsWaitedFor() {
            Machine.run("systemctl stop flipd; mv /srv/flipd /srv/flipd.old && mkdir /srv/flipd")
            Machine.run("systemctl start flipd")
            #expect(Machine.property("ActiveState") == "active", story)
            #expect(Machine.run("flipctl --json status").text.contains(#""library-missing""#))
            Machine.run("mount --bind /srv/flipd.old /srv/flipd")
            let isOver = "flipctl --json status >/tmp/status && ! grep -q library-missing /tmp/status"
            #expect(Machine.waits(seconds: 20, for: isOver), story)
            drop("late.mov")
            #expect(becomes("ready", "late.mov"), story)
            Machine.run(
                "systemctl stop flipd; umount /srv/flipd; rmdir /srv/flipd; mv /srv/flipd.old /srv/flipd")
            Machine.run("systemctl start flipd")
        }

        @Test func foldersElsewhereNeedOneLineEach() {
            drop("before.mov")
            #expect(becomes("ready", "before.mov"), story)
            let line = #"Library=/mnt/big disk/archive\nIncoming=/home/anna/To the archive"#
            Machine.run(
                "systemctl stop flipd; useradd -m anna; chmod 700 /home/anna; mkdir -p '/mnt/big disk' '/home/anna/To the archive'"
            )
            Machine.run(
                "chown flipd '/home/anna/To the archive'; mv /srv/flipd/library '/mnt/big disk/archive'")
            Machine.run("printf '[Folders]\\n\(line)\\n' >/etc/flipd/flipd.conf.d/folders.conf")
            // Whoever forgets it is told.
            #expect(Machine.run("systemctl start flipd").status != 0)
            #expect(
                Machine.run("journalctl --sync; journalctl -u flipd -o cat | tail -n 40").text.contains(
                    "systemctl daemon-reload"))
            #expect(
                Machine.run("flipctl doctor | grep '^warning *service'").text.contains(
                    "systemctl daemon-reload"))
            Machine.run("systemctl daemon-reload; systemctl reset-failed flipd; systemctl start flipd")
            #expect(Machine.run("flipctl doctor | grep '^[a-z]* *service'").text.hasPrefix("well"))
            #expect(Machine.run("flipctl doctor | grep 'one disk'").text.contains("as two mounts"))
            Machine.run("cp /usr/share/doc/flipd/README.md '/home/anna/To the archive/letter.mov'")
            let note = "test -e '/home/anna/To the archive/Problems/letter.mov.txt'"
            #expect(Machine.waits(seconds: 60, for: note), story)
            // Nothing else of the homes can be seen.
            let seen = "nsenter -t $(systemctl show flipd -P MainPID) -m ls -A /home /home/anna"
            #expect(Machine.run(seen).text == "/home:\nanna\n\n/home/anna:\nTo the archive")
            Machine.run("systemctl stop flipd; mv '/mnt/big disk/archive' /srv/flipd/library")
            Machine.run(
                "rm /etc/flipd/flipd.conf.d/folders.conf; systemctl daemon-reload; systemctl start flipd")
            #expect(Machine.run("flipctl status").status == 0)
        }

        @Test func aSocketThatSystemdHoldsOutlivesFlipd() {
            Machine.run("systemctl stop flipd; systemctl start flipd.socket")
            #expect(Machine.run("stat -c '%U %G %a' /run/flipd/status.sock").text == "flipd flipd 660")
            // Asking starts it, and waits for it.
            #expect(Machine.run("flipctl status").status == 0)
            // It answers an instant before systemd has heard that it is ready.
            Machine.run("timeout 10 sh -c 'until systemctl is-active --quiet flipd; do sleep 0.1; done'")
            #expect(Machine.property("ActiveState") == "active")
            // Whoever asks meanwhile, waits.
            Machine.run(
                "(while :; do flipctl status >/dev/null || echo refused; done) >/tmp/asked 2>&1 & echo $! >/tmp/asking"
            )
            // So many starts at once would be refused.
            Machine.run("for n in $(seq 8); do systemctl restart flipd; systemctl reset-failed flipd; done")
            Machine.run("sleep 1; kill $(cat /tmp/asking)")
            #expect(Machine.run("cat /tmp/asked").text == "")
            // What it would not listen to is refused at once.
            Machine.run("systemctl stop flipd.socket flipd; mkdir -p /run/systemd/system/flipd.socket.d")
            Machine.run(
                "printf '[Socket]\\nListenStream=/run/flipd/other.sock\\n' >/run/systemd/system/flipd.socket.d/test.conf"
            )
            Machine.run("systemctl daemon-reload; systemctl start flipd.socket")
            #expect(Machine.run("systemctl start flipd").status != 0)
            #expect(
                Machine.run("journalctl --sync; journalctl -u flipd -o cat | tail -n 40").text.contains(
                    "more sockets than flipd knows"))
            Machine.run(
                "rm -r /run/systemd/system/flipd.socket.d; systemctl daemon-reload; systemctl stop flipd.socket"
            )
            Machine.run("systemctl reset-failed flipd; systemctl start flipd")
            #expect(Machine.run("flipctl status").status == 0)
        }

        @Test func anOlderPackageWithAnOlderLedgerIsUpgraded() throws {
            drop("old.mov")
            #expect(becomes("ready", "old.mov"), story)
            let before = Machine.run("flipctl --json list").text
            // The same programs under an older number, and the ledger as it was four migrations ago.
            Machine.run(
                """
                cd /root && rm -rf old && dpkg-deb -R flipd.deb old && sed -i 's/^Version: .*/Version: 0.0.9-1/' old/DEBIAN/control &&
                dpkg-deb -Znone -b old old.deb && apt-get -qq -y --allow-downgrades install ./old.deb
                """)
            #expect(Machine.run("dpkg-query -W -f '${Version}' flipd").text == "0.0.9-1")
            let tokens = Machine.run("sha256sum /etc/flipd/tokens").text
            Machine.run("printf '[Video]\\nQuality=24\\n' >>/etc/flipd/flipd.conf; systemctl stop flipd")
            Machine.run("systemctl enable --now flipd-backup.timer")
            let older = """
                DROP TRIGGER account_opened; DROP TRIGGER account_changed; DROP TABLE account; DROP INDEX asset_by_name;
                DROP INDEX asset_in_problems; DROP INDEX asset_with_length; DROP TABLE companion; PRAGMA user_version = 4;
                """
            #expect(Machine.run("sqlite3 /var/lib/flipd/ledger.sqlite '\(older)'").status == 0)
            Machine.run(
                "chown flipd:flipd /var/lib/flipd/ledger.sqlite*; rm -f /srv/flipd/library/ledger/*.sqlite")

            let upgrade = Machine.run("DEBIAN_FRONTEND=noninteractive apt-get -qq -y install /root/flipd.deb")
            #expect(upgrade.status == 0, "\(upgrade.text)")
            #expect(Machine.waits(seconds: 20, for: "systemctl is-active -q flipd"), story)
            #expect(Machine.run("flipctl --json list").text == before)
            #expect(Machine.run("flipctl usage").status == 0)
            // What was set stays, what was there before the migration was copied, and the token is the same.
            #expect(Machine.run("tail -n 1 /etc/flipd/flipd.conf").text == "Quality=24")
            #expect(Machine.run("ls /srv/flipd/library/ledger/*.sqlite | wc -l").text != "0")
            #expect(Machine.run("sha256sum /etc/flipd/tokens").text == tokens)
            // What somebody asked for goes on, and ends only with the package; flipd comes back as it was.
            #expect(Machine.run("systemctl is-active flipd-backup.timer").text == "active")
            Machine.run("sed -i '/^Quality=24$/d; $d' /etc/flipd/flipd.conf; rm -rf /root/old /root/old.deb")
            #expect(Machine.run("DEBIAN_FRONTEND=noninteractive apt-get -qq -y remove flipd").status == 0)
            #expect(Machine.run("systemctl is-active flipd flipd-backup.timer").text == "inactive\ninactive")
            try Machine.install()
            #expect(Machine.run("flipctl --json list").text == before)
            #expect(Machine.run("sha256sum /etc/flipd/tokens").text == tokens)
            #expect(Machine.run("systemctl is-active flipd-backup.timer").text == "active")
            Machine.run("systemctl disable --now flipd-backup.timer")
        }

        @Test func whatIsPurgedLeavesTheArchiveAndTheNextOneFindsIt() throws {
            drop("kept.mov")
            #expect(becomes("ready", "kept.mov"), story)
            let before = Machine.run("flipctl --json list").text
            let tree = Machine.run(
                "cd /srv/flipd && find . -type f ! -path './library/ledger/*' ! -name '*.html' | sort | xargs -d '\\n' sha256sum"
            ).text
            Machine.run("printf '[Notify]\\nMail=anna@example.org\\n' >/etc/flipd/flipd.conf.d/mail.conf")
            Machine.run("install -d -m 700 -o flipd /var/lib/flipd/.ssh")

            let purge = Machine.run("DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge flipd")
            #expect(purge.status == 0, "\(purge.text)")
            #expect(
                Machine.run(
                    "cd /srv/flipd && find . -type f ! -path './library/ledger/*' ! -name '*.html' | sort | xargs -d '\\n' sha256sum"
                ).text == tree)
            // What somebody else put there stays too.
            #expect(
                Machine.run("find /etc/flipd /var/lib/flipd | sort").text == """
                    /etc/flipd
                    /etc/flipd/flipd.conf.d
                    /etc/flipd/flipd.conf.d/mail.conf
                    /var/lib/flipd
                    /var/lib/flipd/.ssh
                    """)
            #expect(
                Machine.run(
                    "ls -d /usr/share/flipd /usr/libexec/flipd /run/flipd /etc/systemd/system/*/flipd* 2>/dev/null"
                ).text == "")
            #expect(Machine.run("systemctl list-unit-files 'flipd*' --no-legend").text == "")

            try Machine.install()
            #expect(Machine.run("flipctl status").text.contains("flipd --rebuild"))
            Machine.run("systemctl stop flipd; runuser -u flipd -- flipd --rebuild; systemctl start flipd")
            #expect(Machine.run("flipctl --json list").text == before)
            Machine.run("rm /etc/flipd/flipd.conf.d/mail.conf; systemctl reload flipd")
        }
    }
}
