// Mail that is not sent by the daemon: that it is dead, which systemd asks for, and one to try whether mail works.
import Glibc
import Model
import Notify
import Platform

/// What `flipd-failed.service` runs. Nothing to send to is no mistake.
func mailFailure(_ rules: MailRules) -> Int32 {
    if rules.to.isEmpty { return ExitCode.done }
    return mail(.dead(lastWords(), host: Host.name), rules)
}

func mailTrial(_ rules: MailRules) -> Int32 {
    if rules.to.isEmpty {
        say("flipd: nobody is to get mail: Mail= in [Notify] is empty.", to: STDERR_FILENO)
        return ExitCode.wrongUsage
    }
    let exit = mail(.trial(host: Host.name), rules)
    if exit == ExitCode.done {
        say("The mail server took a mail to \(rules.to.joined(separator: ", ")).", to: STDOUT_FILENO)
    }
    return exit
}

private func mail(_ words: MailWords, _ rules: MailRules) -> Int32 {
    guard let server = rules.server else { return ExitCode.wrongUsage }
    Curl.prepare()
    do throws(MailFailure) {
        try server.send(rules.message(words, host: Host.name, at: Clock.now()))
        return ExitCode.done
    } catch {
        say("flipd: \(server.name) does not take the mail: \(error).", to: STDERR_FILENO)
        return ExitCode.failed
    }
}

/// The end of the service's journal.
private func lastWords() -> String {
    let words = [
        "journalctl", "--unit=flipd.service", "--lines=20", "--no-pager", "--quiet", "--output=short-iso",
    ]
    guard let journal = try? Program.run(words, environment: Program.plainEnvironment),
        journal.how == .exited(0)
    else { return "(The journal cannot be read; see “systemctl status flipd”.)" }
    let lines = String(decoding: journal.output, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.map { String($0).printable }.joined(separator: "\n")
}
