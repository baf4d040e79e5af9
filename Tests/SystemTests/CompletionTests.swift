// flipctl on a terminal: completion by a real bash, a status that fits on its screen, and colours only where they are seen.
import Foundation
import Testing

@Suite(.serialized, .seated) struct CompletionTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent(
            "../../packaging/flipctl.bash"
        ).standardized.path

    /// What bash offers for the last of these words.
    private func offers(_ words: String...) throws -> [String] {
        let program = """
            PATH="${1%/*}:$PATH"; source "$2" || exit; shift 2
            [ "$(complete -p flipctl)" = "complete -F _flipctl flipctl" ] || exit
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _flipctl; printf '%s\\n' "${COMPREPLY[@]}"
            """
        let result = try Machine.run(
            ["bash", "--norc", "-c", program, "bash", Machine.program("flipctl"), Self.script, "flipctl"]
                + words)
        #expect(result.errors == "")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test func commands_options_and_states_are_offered() throws {
        #expect(try offers("") == offers("--root", "/tmp", ""))
        #expect(try offers("st") == ["status"])
        #expect(try offers("--root", "/tmp", "res") == ["restore"])
        #expect(try offers("--so") == ["--socket"])
        #expect(try offers("list", "--state", "d") == ["duplicate", "deleted"])
        #expect(try offers("list", "--ki") == ["--kind"])
        #expect(try offers("retry", "--f") == ["--failed"])
        #expect(try offers("status", "--j") == ["--json"])
        #expect(try offers("--root", "/usr/sh") == ["/usr/share"])
        // A daemon that is not there is no reason to complain.
        #expect(try offers("--root", "/nonexistent", "show", "") == [])
    }

    @Test func everything_that_flipctl_knows_is_offered() throws {
        let help = try Machine.run([Machine.program("flipctl"), "--help"]).output
        let commands = help.matches(of: #/\n  ([a-z]+) /#).map { String($0.1) }
        #expect(commands.count >= 13)
        #expect(try Set(offers("")) == Set(commands))
        for command in commands {
            let text = try Machine.run([Machine.program("flipctl"), command, "--help"]).output
            #expect(text.hasPrefix("Usage: flipctl \(command)"))
            let usage =
                text.prefix { $0 != "\n" } + text.matches(of: /\n {8,}(\[.*)/).map { String($0.1) }.joined()
            let options = Set(usage.matches(of: /--[a-z]+/).map { String($0.0) } + ["--help", "--json"])
            #expect(try options.isSubset(of: offers(command, "--")), "\(command)")
        }
    }

    @Test func ids_are_asked_of_the_daemon_and_the_status_fits_on_the_screen() throws {
        let flipd = try Flipd()
        try flipd.drop(Machine.threeFrames, as: "a.mp4")
        let id = try #require(try flipd.asset("a.mp4", is: "ready")["id"] as? String)
        try flipd.write("no video", as: "b.txt")
        let failed = try #require(try flipd.asset("b.txt", is: "failed")["id"] as? String)
        let root = ["--root", flipd.root.path]
        #expect(try offers(root[0], root[1], "delete", "") == [id])
        #expect(try offers(root[0], root[1], "retry", String(failed.prefix(10))).contains(failed))
        #expect(try offers(root[0], root[1], "restore", "") == [])
        #expect(try Set(offers(root[0], root[1], "show", "")) == [id, failed])

        let plain = try flipd.ctl("status").output
        #expect(!plain.contains("\u{1B}"))
        #expect(plain.hasPrefix("1 video, "))
        #expect(plain.contains("\n1 file needs you: "))
        let seen = try onTerminal("status", flipd)
        #expect(seen.contains("\u{1B}[32mAll well.\u{1B}[0m"))
        let lines = seen.replacing(/\u{1B}\[[0-9;]*m/, with: "").split(separator: "\r\n")
        #expect(lines.count < 24 && lines.allSatisfy { $0.count <= 80 })
        #expect(try !onTerminal("status", flipd, "NO_COLOR=1").contains("\u{1B}"))
        #expect(try !onTerminal("status", flipd, "TERM=dumb").contains("\u{1B}"))
        #expect(try onTerminal("usage", flipd).split(separator: "\r\n").count < 24)
    }

    /// What is shown on a terminal of 80 columns and 24 lines.
    private func onTerminal(_ command: String, _ flipd: Flipd, _ more: String = "NO_COLOR=") throws -> String {
        let program = """
            import fcntl, os, pty, struct, sys, termios
            pid, terminal = pty.fork()
            if pid == 0:
                # So that its size is known before anybody asks.
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
                os.execvp(sys.argv[1], sys.argv[1:])
            seen = b""
            while True:
                try: part = os.read(terminal, 65536)
                except OSError: break
                if not part: break
                seen += part
            sys.stdout.buffer.write(seen)
            """
        return try Machine.run(
            ["/usr/bin/python3", "-c", program, "env", "TERM=xterm", more, Machine.program("flipctl")]
                + ["--root", flipd.root.path, command]
        ).output
    }
}
