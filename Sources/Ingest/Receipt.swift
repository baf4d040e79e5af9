// The page in the drop folder that says what happened to each file. Pure: facts in, HTML out. It is opened from a file
// manager: no server, no script, nothing from elsewhere; and the names in it were chosen by strangers.
package import Model
internal import Platform

package struct Receipt: Sendable {
    package struct Line: Sendable {
        package var name: Path
        package var collection: String
        package var uploader: String?
        package var at: Timestamp?
        package var whereabouts: Whereabouts

        package init(
            name: Path, collection: String, uploader: String?, at: Timestamp?, whereabouts: Whereabouts
        ) {
            self.name = name
            self.collection = collection
            self.uploader = uploader
            self.at = at
            self.whereabouts = whereabouts
        }
    }

    /// On its way, or not even taken; the newest first.
    package var waiting: [Line]
    /// How many wait beyond these.
    package var moreWaiting: Int
    /// What came to its end today or yesterday, the last first.
    package var ended: [Line]
    package var moreEnded: Int
    /// How many files stand in `Problems`, also from earlier days.
    package var needsYou: Int

    /// More lines nobody reads, and they bound the page.
    package static let waitingAtMost = 100
    package static let endedAtMost = 300

    package init(
        waiting: [Line] = [], moreWaiting: Int = 0, ended: [Line] = [], moreEnded: Int = 0, needsYou: Int = 0
    ) {
        self.waiting = waiting
        self.moreWaiting = moreWaiting
        self.ended = ended
        self.moreEnded = moreEnded
        self.needsYou = needsYou
    }

    /// What the page says of the files, without the moment at which it says so.
    package func body(_ time: PlaceTime) -> String {
        var body = "<h1>What happened</h1>\n<p class=\"sum\">\(Self.escaped(summary))</p>\n"
        body += section("Waiting", waiting, time, more: moreWaiting)
        let days = [
            ("Today, \(time.date(time.now))", ended.filter { $0.daysAgo(time) <= 0 }),
            ("Yesterday, \(time.date(time.startOfDay(daysAgo: 1)))", ended.filter { $0.daysAgo(time) > 0 }),
        ]
        let last = days.lastIndex { !$0.1.isEmpty }
        for (index, (title, lines)) in days.enumerated() {
            body += section(title, lines, time, more: index == last ? moreEnded : 0)
        }
        return body
    }

    package static func page(_ body: String, _ time: PlaceTime) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        \(mark)
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-\(styleHash)'; \
        base-uri 'none'; form-action 'none'">
        <meta http-equiv="refresh" content="30">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>What happened</title>
        <style>\(style)</style>
        </head>
        <body>
        <main>
        \(body)</main>
        <footer>
        <p>Written on \(time.date(time.now)) at \(time.clock(time.now)), and anew whenever something changes. You may delete \
        this page.</p>
        <p>A file that needs you stands in the folder Problems, unchanged, with a note beside it.</p>
        </footer>
        </body>
        </html>

        """
    }

    /// Whether a file begins like this page. An empty one is no loss to anybody.
    static func isOurs(_ beginning: [UInt8]) -> Bool {
        beginning.isEmpty || beginning.firstRange(of: Array(mark.utf8)) != nil
    }

    /// Within how many bytes that is seen.
    static let beginning_bytes = 512

    private static let mark = "<meta name=\"generator\" content=\"flipd: What happened\">"

    // MARK: Parts

    private var summary: String {
        let counts: [(Whereabouts.Answer, Int)] = [
            (.needsYou, needsYou), (.waiting, waiting.count + moreWaiting),
        ]
        var parts = counts.filter { $0.1 > 0 }.map { $0.0.counted($0.1) }
        let done = ended.count { [.published, .alreadyHere].contains($0.whereabouts.answer) }
        // Beyond the lines that are shown it is not counted how each ended.
        if done > 0, moreEnded == 0 { parts.append("\(done) safely in the archive since yesterday") }
        if moreEnded > 0 { parts.append("\(ended.count + moreEnded) came to their end since yesterday") }
        if parts.isEmpty {
            return
                "Nothing was dropped since yesterday. Copy videos and photos into this folder; this page tells"
                + " what becomes of them."
        }
        return "Files: \(parts.joined(separator: ", "))."
    }

    private func section(_ title: String, _ lines: [Line], _ time: PlaceTime, more: Int) -> String {
        if lines.isEmpty, more == 0 { return "" }
        var text = "<h2>\(title)</h2>\n<ul>\n"
        for line in lines { text += line.html(time) }
        text += "</ul>\n"
        if more > 0 { text += "<p class=\"more\">and \(more) more</p>\n" }
        return text
    }

    /// Nothing of a stranger's text may become part of the page, and none of it may hide.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // These would show a name's letters in another order than they stand in.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result += "\u{FFFD}"
            default:
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: result += "\u{FFFD}"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}

extension Receipt.Line {
    fileprivate func daysAgo(_ time: PlaceTime) -> Int { at.map(time.daysAgo) ?? 0 }

    fileprivate func html(_ time: PlaceTime) -> String {
        let clock = at.map { daysAgo(time) < 2 ? time.clock($0) : time.date($0) } ?? ""
        let about = [collection.isEmpty ? nil : collection, uploader.map { "from \($0)" }].compactMap(\.self)
        let parts = about.map { "<span class=\"of\"><bdi>\(Receipt.escaped($0))</bdi></span>" }.joined(
            separator: " ")
        let whose = parts.isEmpty ? "" : "<span class=\"whose\">\(parts)</span>"
        // A direction that a name turns around ends with its element.
        return """
            <li class="\(whereabouts.answer.rawValue)"><time>\(clock)</time><span class="name"><bdi>\
            \(Receipt.escaped(name.text))</bdi>\(whose)</span>\
            <span class="what">\(Receipt.escaped(whereabouts.text))</span></li>

            """
    }
}

// MARK: How it looks

extension Receipt {
    /// The only style that the page's own policy lets in.
    private static let styleHash = Path(bytes: SHA256.digest(of: Array(style.utf8)).bytes).base64

    private static let style = """
        :root{--ink:#1d1d1f;--soft:#5c5f66;--paper:#fbfaf7;--card:#fff;--line:#e4e1d9;--good:#1d6b3c;--wait:#7a5200;\
        --bad:#a3231b}
        @media(prefers-color-scheme:dark){:root{--ink:#ececea;--soft:#a3a5ab;--paper:#17181a;--card:#202225;\
        --line:#34373b;--good:#7fd6a0;--wait:#ecc06c;--bad:#ff9d92}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
        main,footer{max-width:56rem;margin:0 auto;padding:0 1rem}
        h1{font-size:1.6rem;line-height:1.2;margin:2rem 0 .25rem}
        h2{font-size:1.05rem;margin:2rem 0 .5rem}
        .sum,.more,footer{color:var(--soft)}
        .sum{margin:0}
        ul{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
        li{display:grid;grid-template-columns:4.5rem minmax(0,5fr) minmax(0,6fr);gap:0 1rem;padding:.55rem 1rem;\
        border-top:1px solid var(--line)}
        li:first-child{border-top:0}
        time{color:var(--soft);font-variant-numeric:tabular-nums}
        .name{font-weight:600;overflow-wrap:anywhere}
        .whose{display:block;font-size:.875rem;font-weight:400;color:var(--soft)}
        .of+.of::before{content:"· "}
        .what{overflow-wrap:anywhere}
        .what::first-letter{text-transform:uppercase}
        .published .what,.already-here .what{color:var(--good)}
        .waiting .what{color:var(--wait)}
        .needs-you .what{color:var(--bad)}
        .in-the-trash .what,.gone .what{color:var(--soft)}
        footer{font-size:.875rem;margin-top:2.5rem;padding-bottom:2rem}
        footer p{margin:.25rem 0}
        @media(max-width:40rem){li{grid-template-columns:4rem minmax(0,1fr);gap:0 .5rem;padding:.6rem .75rem}.what{grid-column:2}}
        """
}
