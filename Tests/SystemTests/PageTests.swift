// The page as people see it: a real browser at a real flipd.
import Foundation
import Testing

@Suite(.serialized, .seated, .enabled(if: Browser.hindrance == nil, "\(Browser.hindrance ?? "")"))
enum PageTests {
    static let token = "a-token-that-nobody-guesses"

    /// A flipd with its page, and a browser that has not seen it yet.
    struct Room {
        let flipd: Flipd
        let browser: Browser
        let address: String

        init(_ more: [String] = [], reading: String = "local", tokens: String = "ada \(PageTests.token)\n")
            throws
        {
            let port = try Server.freePort()
            address = "http://127.0.0.1:\(port)"
            let settings = [
                "Status.Listen=127.0.0.1:\(port)", "Status.Read=\(reading)", "Video.CopyWhenPlayable=no",
            ]
            flipd = try Flipd(settings.flatMap { ["--set", $0] } + more, start: false)
            browser = try Browser.fresh(for: flipd)
            let file = flipd.root.appendingPathComponent("tokens")
            try tokens.write(to: file, atomically: true, encoding: .utf8)
            try restart()
        }

        func restart() throws {
            try flipd.start(["--set", "Status.TokenFile=\(flipd.root.path)/tokens"])
        }

        /// Opens the page, and waits until it has told something.
        func open(_ place: String = "/") throws {
            try browser.go(address + place)
            try browser.wait(for: "document.querySelector('#summary').dataset.text")
        }

        /// Drops clips with bytes of their own, and waits until they are published. Their ids.
        @discardableResult
        func publish(_ names: String...) throws -> [String] { try publish(names) }

        @discardableResult
        func publish(_ names: [String]) throws -> [String] {
            for name in names { try flipd.write(try PageTests.clip(named: name), as: name) }
            return try names.map { name in
                let asset = try flipd.asset(URL(fileURLWithPath: name).lastPathComponent, is: "ready")
                return try #require(asset["id"] as? String)
            }
        }

        /// Says the token when the page asks for it.
        func becomeKnown() throws {
            try browser.wait(for: "document.querySelector('#token').open")
            try browser.type(PageTests.token, into: "#token-word")
            try browser.press(.enter)
            try browser.wait(for: "!document.querySelector('#token').open")
        }

        func expectNoComplaints() throws { #expect(try browser.complaints() == []) }
    }

    /// A tiny video that differs from all others: something is appended that players skip.
    static func clip(named name: String) throws -> Data {
        let padding = Data(name.utf8)
        let box = withUnsafeBytes(of: UInt32(padding.count + 8).bigEndian) { Data($0) }
        return try Data(contentsOf: Machine.tinyClip) + box + Data("free".utf8) + padding
    }

    static let tiles = "document.querySelectorAll('.tile').length"
}

extension PageTests {
    struct Looking {
        @Test func the_first_line_says_how_it_is_and_a_poster_plays_where_it_is() throws {
            let room = try Room()
            let browser = room.browser
            let id = try room.publish("Loom/1905/IMG_1.mp4")[0]
            try room.open()
            #expect(try browser.text("#summary").hasPrefix("1 video, "))
            #expect(try browser.text("#health") == "All is well")
            #expect(try browser.text("#needs-you") == "Nothing needs you")
            try browser.wait(for: "document.querySelector('.tile img')?.naturalWidth > 0")
            #expect(try browser.text(".day h2").hasPrefix("Today, "))
            #expect(try browser.text(".group h3") == "Loom / 1905")
            #expect(try browser.text(".tile .badge") == "0:01")

            try browser.click(".tile a")
            try browser.wait(for: "document.querySelector('#viewer video')?.currentTime > 0.1")
            #expect(try browser.isTrue("location.hash === '#\(id)'"))
            let details = try browser.text("#viewer .details")
            for word in ["IMG_1.mp4", "Loom / 1905", "Recorded", "Received", "1 second"] {
                #expect(details.contains(word), "\(word) is not in: \(details)")
            }
            let owner = try #require(try room.flipd.assets().first?["source_owner"] as? String)
            #expect(details.contains(owner))
            let download = try #require(
                try browser.value("document.querySelector('[data-act=download]').href") as? String)
            #expect(try Machine.run(["curl", "-sfI", download]).output.contains("video/mp4"))
            try browser.click("[data-act=link]")
            try browser.wait(
                for: "document.querySelector('#viewer .said').textContent.startsWith('The link is copied.')")
            try browser.press(.escape)
            try browser.wait(for: "!document.querySelector('#viewer').open && location.hash === ''")
            #expect(try browser.isTrue("document.activeElement.hash === '#\(id)'"), "the focus is not back")
            try room.expectNoComplaints()
        }

        @Test func an_empty_library_explains_how_to_begin_and_what_is_dropped_appears_by_itself() throws {
            let room = try Room()
            let browser = room.browser
            try room.open()
            try browser.wait(for: "!document.querySelector('#beginning').hidden")
            try room.flipd.drop(Machine.longClip, as: "Loom/long.mp4")
            try browser.wait(for: "document.querySelector('.tile .waiting:not([hidden])')")
            try browser.wait(for: "document.querySelector('.tile img')?.naturalWidth > 0")
            #expect(
                try browser.isTrue("document.querySelector('.tile .waiting:not([hidden])')"),
                "its preview came no sooner than itself")
            #expect(try browser.isTrue("document.querySelector('#beginning').hidden"))
            // In the wall, for what stands above it says more or less as things change.
            let box = """
                JSON.stringify((([tile, days]) => [tile.x - days.x, tile.y - days.y, tile.width, tile.height])(
                ['.tile', '#days'].map(name => document.querySelector(name).getBoundingClientRect())))
                """
            let before = try #require(try browser.value(box) as? String)
            try browser.wait(for: "document.querySelector('.tile .waiting[hidden]')")
            let after = try #require(try browser.value(box) as? String)
            #expect(after == before, "it moved when it became ready")
            try browser.wait(for: "document.querySelector('#summary').textContent.startsWith('1 video')")
            try browser.click(".tile a")
            try browser.wait(for: "document.querySelector('#viewer video')?.currentTime > 0.1")
            try room.expectNoComplaints()
        }

        @Test func keys_alone_lead_everywhere_and_a_link_leads_back() throws {
            let room = try Room()
            let browser = room.browser
            let ids = try room.publish("a.mp4", "b.mp4", "c.mp4").sorted(by: >)
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === 3")
            // The first stop leads past everything else.
            try browser.press(.tab)
            #expect(try browser.text(":focus") == "Skip to the videos and photos")
            _ = try browser.value("document.querySelector('.tile a').focus()")
            try browser.press(.right)
            #expect(try browser.isTrue("document.activeElement.hash === '#\(ids[1])'"))
            try browser.press(.enter)
            try browser.wait(for: "document.querySelector('#viewer').open")
            try browser.press(.right)
            try browser.wait(for: "location.hash === '#\(ids[2])'")
            #expect(
                try browser.isTrue("document.querySelector('[data-turn=\"1\"]').hidden"), "there is no next one"
            )
            try browser.press(.left, .left)
            try browser.wait(for: "location.hash === '#\(ids[0])'")
            try browser.press(.escape)
            try browser.wait(for: "!document.querySelector('#viewer').open")
            #expect(try browser.isTrue("document.activeElement.hash === '#\(ids[0])'"))

            try browser.go("about:blank")
            try room.open("/#\(ids[1])")
            try browser.wait(for: "document.querySelector('#viewer').open")
            #expect(try browser.isTrue("document.querySelector('.details').dataset.id === '\(ids[1])'"))
            try room.expectNoComplaints()
        }

        @Test func names_that_mean_harm_are_only_names() throws {
            let room = try Room()
            let browser = room.browser
            let names = [
                "<img src=x onerror=alert(1)>.mp4", "turned\u{202E}gpj.mp4", "'\"&amp;.mp4",
                "👩‍🌾 \u{05D0}\u{05D1}.mp4",
                String(repeating: "x", count: 251) + ".mp4", "two\nlines.mp4",
            ]
            try room.publish(names.map { "<b>Box<b>/\($0)" })
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === \(names.count)")
            #expect(try browser.isTrue("!document.querySelector('main b, main img[src=x]')"))
            let shown = try #require(
                try browser.value("[...document.querySelectorAll('.tile .name')].map(e => e.textContent)")
                    as? [String])
            #expect(Set(shown).isSuperset(of: [names[0], names[2], names[3], names[4]]))
            #expect(shown.contains("turned\u{FFFD}gpj.mp4") && shown.contains("two\u{FFFD}lines.mp4"))
            #expect(try browser.text(".group h3") == "<b>Box<b>")
            for width in [1280, 720, 390] {
                try browser.resize(width: width, height: 800)
                #expect(
                    try browser.isTrue("document.documentElement.scrollWidth <= innerWidth"),
                    "at \(width) something is too wide")
            }
            try browser.click(".tile a")
            try browser.wait(for: "document.querySelector('#viewer').open")
            #expect(try browser.isTrue("document.querySelector('#viewer').scrollWidth <= innerWidth"))
            try room.expectNoComplaints()
        }

        @Test func where_is_my_file_has_an_answer() throws {
            let room = try Room()
            let browser = room.browser
            let id = try room.publish("Loom/IMG_7.mp4")[0]
            try room.flipd.write("Minutes", as: "IMG_7.pdf")
            try room.flipd.waitUntil("it came back") { try room.flipd.status()["needs_you"] as? Int == 1 }
            try room.open()
            try browser.type("IMG_7", into: "#camera-name")
            try browser.wait(for: "document.querySelectorAll('#found li').length === 2")
            let found = try browser.text("#found")
            #expect(found.contains("published") && found.contains("needs you"), "\(found)")
            try browser.click("#found a")
            try browser.wait(for: "document.querySelector('#viewer').open && location.hash === '#\(id)'")
            try browser.press(.escape)
            try browser.type("IMG_9999", into: "#camera-name")
            try browser.wait(for: "document.querySelector('#found-title').textContent.includes('IMG_9999')")
            #expect(try browser.number("document.querySelectorAll('#found li').length") == 0)
            try room.expectNoComplaints()
        }

        @Test func on_a_projector_one_picture_follows_the_other_and_new_ones_come_by_themselves() throws {
            let room = try Room()
            let browser = room.browser
            try browser.go(room.address + "/?wall")
            try browser.wait(for: "document.querySelector('.slides-empty')")
            #expect(try browser.isTrue("!document.querySelector('button:not(dialog *), input:not(dialog *)')"))
            try room.publish("Loom/a.mp4")
            try browser.wait(for: "document.querySelector('.slide.there img')?.naturalWidth > 0")
            #expect(try browser.text(".slide figcaption").hasPrefix("Loom"))
            try room.expectNoComplaints()
        }
    }
}

extension Flipd {
    /// Writes into the ledger while nobody else does.
    func change(_ script: String) throws {
        let ledger = root.appendingPathComponent("state/ledger.sqlite").path
        try Machine.run(Machine.asOrdinaryUser + ["sqlite3", "-bail", ledger], input: script)
    }
}
