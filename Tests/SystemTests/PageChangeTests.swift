// What people change on the page: they are asked for a token once, and whatever they do can be taken back.
import Foundation
import Testing

extension PageTests {
    struct Changing {
        @Test func a_token_is_asked_for_once_and_what_is_deleted_comes_back() throws {
            let room = try Room()
            let browser = room.browser
            let id = try room.publish("Loom/a.mp4")[0]
            try room.publish("Loom/b.mp4")
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === 2")
            try browser.click("[data-id=\"\(id)\"] a")
            try browser.click("[data-act=delete]")
            try browser.wait(for: "document.querySelector('#token').open")
            try room.expectNoComplaints()
            try browser.type("guessed", into: "#token-word")
            try browser.press(.enter)
            try browser.wait(
                for: "document.querySelector('#token .said').textContent === 'This token is not right.'")
            // The browser itself remarks upon the refusal.
            #expect(try browser.complaints().allSatisfy { $0.contains("401") })
            #expect(try room.flipd.assets("?state=ready").count == 2)
            try room.becomeKnown()

            try browser.wait(for: "\(PageTests.tiles) === 1 && document.querySelector('#said button')")
            let said = try browser.text("#said")
            #expect(said.contains(/a\.mp4 is in the trash until [0-9]+ [A-Z][a-z]+/), "\(said)")
            #expect(try room.flipd.assets("?state=deleted").count == 1)
            #expect(try browser.value("document.cookie") as? String == "", "a script can read the token")
            #expect(try browser.isTrue("document.activeElement.closest('.tile')"), "the focus is lost")
            try browser.click("#said button")
            try browser.wait(for: "\(PageTests.tiles) === 2")
            #expect(try room.flipd.assets("?state=ready").count == 2)

            // Who deleted it stands in its history.
            let asset = try #require(try room.flipd.json("/v1/assets/\(id)") as? [String: Any])
            let events = try #require(asset["events"] as? [[String: Any]])
            #expect(events.contains { ($0["detail"] as? String)?.contains("ada") == true })
            try room.expectNoComplaints()
        }

        @Test func from_the_trash_it_is_restored_and_caption_and_collection_are_corrected() throws {
            let room = try Room()
            let browser = room.browser
            let id = try room.publish("Loom/a.mp4")[0]
            #expect(try room.flipd.ctl("delete", id).status == 0)
            try room.open()
            try browser.click("#open-trash")
            try browser.click("#trash [data-id=\"\(id)\"] button")
            try room.becomeKnown()
            try browser.wait(for: "\(PageTests.tiles) === 1")
            try browser.wait(
                for: "document.querySelector('#trash .rows').textContent === 'The trash is empty.'")
            try browser.press(.escape)
            try browser.wait(for: "!document.querySelector('#trash').open")

            try browser.click(".tile a")
            try browser.click("[data-act=edit]")
            try browser.type("The loom's <first> evening", into: "#caption")
            try browser.type("Loom/1905", into: "#its-collection")
            try browser.click(".edit [type=submit]")
            try browser.wait(for: "document.querySelector('#viewer-title').textContent.startsWith('The loom')")
            try browser.press(.escape)
            try browser.wait(for: "document.querySelector('.group h3').textContent === 'Loom / 1905'")
            #expect(try browser.text(".tile .name") == "The loom's <first> evening")
            let asset = try #require(try room.flipd.assets().first)
            #expect(asset["caption"] as? String == "The loom's <first> evening")
            #expect(asset["collection"] as? String == "Loom/1905")
            try room.expectNoComplaints()
        }

        @Test func what_needs_somebody_says_the_notes_words_and_is_tried_again() throws {
            let room = try Room()
            let browser = room.browser
            try room.flipd.write("Minutes of the meeting", as: "Loom/minutes.pdf")
            try room.flipd.waitUntil("it came back") { try room.flipd.status()["needs_you"] as? Int == 1 }
            try room.open()
            try browser.wait(for: "document.querySelector('#needs-you').textContent === 'Needs you: 1'")
            #expect(try browser.text("#health") == "All is well", "a stray file says nothing of the machine")
            try browser.click("#needs-you")
            try browser.wait(for: "document.querySelector('#needs-list li button')")
            let note = try Machine.run(["cat", room.flipd.incoming.path + "/Problems/Loom/minutes.pdf.txt"])
                .output
            let text = try browser.text("#needs-list .note")
            #expect(text.contains("This is neither a video nor a photo"))
            for sentence in text.components(separatedBy: ". ") {
                #expect(note.contains(sentence), "\(note)")
            }
            let first = try #require(try room.flipd.assets("?state=failed").first?["id"] as? String)
            try browser.click("#needs-list li button")
            try room.becomeKnown()
            try browser.wait(
                for: "document.querySelector('#needs-list .said').textContent.includes('tried again')")
            try room.flipd.waitUntil("it is another asset") {
                try room.flipd.assets("?state=failed").first?["id"] as? String != first
            }
            try browser.wait(
                for: "document.querySelector('#needs-list li[data-id]:not([data-id=\"\(first)\"])')")
            try room.expectNoComplaints()
        }

        @Test func an_answer_that_comes_late_is_not_drawn_over_a_newer_one() throws {
            let room = try Room()
            let browser = room.browser
            try room.flipd.write("Minutes of the meeting", as: "Loom/minutes.pdf")
            _ = try room.flipd.asset("minutes.pdf", is: "failed")
            try room.open()
            try browser.wait(for: "document.querySelector('#needs-you').textContent === 'Needs you: 1'")
            // The first answer about the list lies on its way until it is let go.
            _ = try browser.value(
                """
                (() => {
                  const real = window.fetch;
                  window.fetch = async (path, how) => {
                    const answer = await real(path, how);
                    if (path === "/v1/needs_you" && !window.letGo) await new Promise((go) => (window.letGo = go));
                    return answer;
                  };
                })()
                """)
            try browser.click("#needs-you")
            try browser.wait(for: "window.letGo")
            try room.flipd.write("Minutes of the next one", as: "Loom/next.pdf")
            try browser.wait(for: "document.querySelector('#needs-you').textContent === 'Needs you: 2'")
            _ = try browser.value("window.letGo()")
            let rows = "document.querySelectorAll('#needs-list li[data-id]').length"
            try browser.wait(for: "\(rows) === 2")
            try browser.press(.escape)
            #expect(try browser.isTrue("\(rows) === 2"))
            try room.expectNoComplaints()
        }

        @Test func what_is_damaged_is_named_and_brought_back() throws {
            let room = try Room()
            let browser = room.browser
            let id = try room.publish("Loom/a.mp4")[0]
            let folder = room.flipd.library.path + "/\(try room.flipd.assets().first?["folder"] ?? "")"
            try Machine.run(["sh", "-c", "chmod u+w '\(folder)' && rm -f '\(folder)/\(id).mp4'"])
            #expect(try room.flipd.ctl("verify", id).status == 1)
            try room.open()
            try browser.wait(for: "document.querySelector('#health').textContent === 'Something is wrong'")
            try browser.wait(for: "document.querySelector('#damaged li p').textContent.length > 10")
            try browser.wait(for: "document.querySelector('.tile.has-damage')")
            try browser.click("#damaged button")
            try room.becomeKnown()
            try browser.wait(for: "document.querySelector('#damaged').hidden")
            try browser.wait(for: "document.querySelector('#health').textContent === 'All is well'")
            try browser.wait(for: "!document.querySelector('.tile.has-damage')")
            try browser.click(".tile a")
            try browser.wait(for: "document.querySelector('#viewer video')?.currentTime > 0.1")
            try room.expectNoComplaints()
        }

        @Test func where_reading_needs_a_token_the_page_asks_first_and_without_any_says_so() throws {
            let room = try Room(reading: "token")
            let browser = room.browser
            try room.publish("a.mp4")
            try browser.go(room.address)
            try room.becomeKnown()
            try browser.wait(for: "\(PageTests.tiles) === 1")
            // The browser remembers it.
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === 1")
            #expect(try browser.isTrue("!document.querySelector('#token').open"))
            try room.expectNoComplaints()

            let other = try Room(reading: "token", tokens: "")
            try browser.go(other.address)
            try browser.wait(for: "document.querySelector('#token').open")
            #expect(try browser.text("#token-why").contains("TokenFile="))
            try browser.press(.escape)
            try browser.wait(
                for: "document.querySelector('#unreachable').textContent.includes('Without a token')")
            try other.expectNoComplaints()
        }

        @Test func while_flipd_is_away_the_page_says_so_and_afterwards_goes_on_by_itself() throws {
            let room = try Room()
            let browser = room.browser
            try room.publish("a.mp4")
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === 1")
            try room.flipd.stop()
            try browser.wait(for: "!document.querySelector('#unreachable').hidden")
            #expect(try browser.isTrue("\(PageTests.tiles) === 1"), "what was seen is gone")
            try room.restart()
            try browser.wait(for: "document.querySelector('#unreachable').hidden")
            try room.publish("b.mp4")
            try browser.wait(for: "\(PageTests.tiles) === 2")
        }
    }
}
