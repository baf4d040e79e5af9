// A mail as it goes over the line, addresses and servers as they are configured, and passwords that are never shown.
import Model
import Platform
import Scratch
import Testing

@testable import Notify
@testable import flipd

@Suite struct MailMessageTests {
    private func message(_ subject: String, _ body: String = "Body.") -> MailMessage {
        MailMessage(
            from: "flipd@museum.example", to: ["a@x.example", "b@y.example"], subject: subject, body: body,
            at: Timestamp(milliseconds: 1_795_293_186_123), id: "1@museum.example")
    }

    private func lines(_ message: MailMessage) -> [String] {
        String(decoding: message.bytes, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false
        )
        .map(String.init)
    }

    @Test func itHasItsHeaders() {
        let headers = lines(message("Not all is well")).prefix { !$0.isEmpty }
        #expect(
            headers == [
                "From: flipd <flipd@museum.example>", "To: a@x.example,", " b@y.example",
                "Subject: Not all is well",
                "Date: Sat, 21 Nov 2026 20:33:06 +0000", "Message-ID: <1@museum.example>",
                "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            ])
    }

    @Test(arguments: [
        "Bcc\r\nBcc: all@example.org", "a\nb",
        "Ein Film aus Münster, der einen sehr, sehr langen Namen hat.MOV",
        String(repeating: "é", count: 300), String(repeating: "👩‍👩‍👧", count: 40), "=?UTF-8?B?eA==?=",
        String(repeating: "x", count: 2000), "\u{0}\u{7F}\u{85}\u{2028}",
    ])
    func aHeaderStaysOneHeader(_ subject: String) throws {
        let all = lines(message(subject))
        let headers = all.prefix { !$0.isEmpty }
        #expect(headers.filter { !$0.hasPrefix(" ") }.count == 9)
        #expect(headers.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } })
        // What the words hold is the subject, but for what is no text.
        let words = headers.joined().matches(of: /=\?UTF-8\?B\?([A-Za-z0-9+\/=]*)\?=/).compactMap {
            Path(base64: String($0.1))
        }
        #expect(words.allSatisfy { $0.exactText != nil })
        let said = words.map(\.text).joined()
        let text = String(
            String.UnicodeScalarView(
                subject.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        #expect(said == text)
    }

    @Test func everyLineOfTheBodyArrives() throws {
        let body = "One.\n.\nA line of \(String(repeating: "ä", count: 3000)).\n\nFrom here.\n"
        let all = lines(message("x", body))
        let encoded = all.drop { !$0.isEmpty }.dropFirst()
        #expect(encoded.allSatisfy { $0.utf8.count <= 76 })
        #expect(Path(base64: encoded.joined())?.text == body.replacing("\n", with: "\r\n"))
    }

    @Test(arguments: ["a@b", "anna.b+c@museum.example.org"]) func addressesAreTaken(_ text: String) {
        #expect(MailMessage.isAddress(text))
    }

    @Test(arguments: [
        "", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b\r\nRCPT TO:<c@d>", "a@bü", "\"a\"@b",
    ])
    func whatIsNoAddressIsNot(_ text: String) { #expect(!MailMessage.isAddress(text)) }

    @Test(arguments: [
        "smtp://localhost", "smtp://mail.example.org:587", "smtps://mail.example.org", "smtp://[::1]:25",
        "smtp://anna%40example.org:p%3A%2Fw@mail.example.org",
    ])
    func serversAreTaken(_ text: String) { #expect(MailServer(text) != nil) }

    @Test(arguments: [
        "", "localhost", "http://localhost", "smtp://", "smtp://a/b", "smtp://a?b", "smtp://user@host",
        "smtp://a:b%0D%0Ac@host", "smtp://host:99999", "smtp://a b",
    ])
    func whatIsNoServerIsNot(_ text: String) { #expect(MailServer(text) == nil) }

    @Test func theAccountSendsWhereItIsAnAddress() {
        #expect(MailServer("smtp://anna%40example.org:p@h")?.userAddress == "anna@example.org")
        #expect(MailServer("smtp://anna:p@h")?.userAddress == nil)
    }

    @Test func passwordsAreNotShown() throws {
        let scratch = try Scratch()
        let file = try scratch.file(
            "flipd.conf",
            "[Notify]\nSmtp=smtps://anna:se%40cret@mail.example.org\nUrl=https://a:secret@hook/x\n")
        let (configuration, settings) = try ConfigurationSource(file: file).read()
        let text = configurationText(settings)
        #expect(text.contains("\nSmtp=smtps://mail.example.org\n"))
        #expect(text.contains("\nUrl=https://hook/x\n"))
        #expect(!text.contains("cret"))
        #expect(configuration.mail.server == MailServer("smtps://anna:se%40cret@mail.example.org"))
        for wrong in ["smtpx://anna:secret@host", "anna:secret@host", "smtp://anna:sec@ret@host/path"] {
            let source = ConfigurationSource(overrides: ["Notify.Smtp=\(wrong)"])
            let mistakes = #expect(throws: ConfigurationMistakes.self) { try source.load() }
            let said = mistakes?.mistakes.map(\.sentence).joined() ?? ""
            #expect(said.contains("is not allowed; it must be smtp://HOST") && !said.contains("sec"))
            // For telling that flipd does not start, the rest is good enough.
            #expect(source.readAsFarAsPossible().jobs == 1)
        }
    }
}

@Suite struct MailWordsTests {
    private func files(_ count: Int) -> NeedsSomebody {
        let now = Timestamp(milliseconds: 1_795_293_186_123)
        var maker = AssetID.Maker()
        let first = (1...min(count, 100)).map { number in
            let source = Source(
                path: Path("Loom/\(number)\n.MOV"), device: 1, inode: 1, bytes: 1, modified_ns: 0, uid: 0,
                gid: 0,
                mode: 0o644, owner: "anna")
            var asset = Asset(
                id: maker.next(at: now), stage: .handedBack, source: source, sha256: nil, receivedAt: now)
            asset.refusal = Refusal(.truncated, "The last minute is missing.")
            return asset
        }
        return NeedsSomebody(count: count, first: first, until: now)
    }

    @Test func oneFileIsNamedWithItsNote() {
        let words = MailWords.needsYou(files(1), incoming: Path("/srv/flipd/incoming"), host: "museum")
        #expect(words.subject == "flipd on museum: a file needs you")
        #expect(
            words.body.contains(
                "Loom/1\u{FFFD}.MOV, from anna\n    \(Problem.truncated.sentence) The last minute is missing.\n    \(Problem.truncated.remedy)\n"
            ))
        #expect(words.body.contains("/srv/flipd/incoming/Problems"))
    }

    @Test func ofTenThousandSomeAreNamedAndTheRestIsCounted() {
        let words = MailWords.needsYou(files(10_000), incoming: Path("/in"), host: "museum")
        #expect(words.subject == "flipd on museum: 10000 files need you")
        #expect(words.body.matches(of: /\nLoom\//).count == 20)
        #expect(words.body.contains("\n… and 9980 more.\n"))
    }
}
