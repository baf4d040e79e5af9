// Photos on the page: among videos on the wall, and large in the viewer.
import Foundation
import Testing

extension PageTests {
    struct Photos {
        private func publish(_ name: String, in room: Room) throws -> String {
            try room.flipd.drop(Machine.tallPhoto, as: name)
            let asset = try room.flipd.asset(URL(fileURLWithPath: name).lastPathComponent, is: "ready")
            return try #require(asset["id"] as? String)
        }

        @Test func a_photo_stands_among_videos_and_is_seen_whole() throws {
            let room = try Room()
            let browser = room.browser
            try room.open()
            let photo = try publish("Loom/IMG_7.jpg", in: room)
            let video = try room.publish("Loom/IMG_8.mp4")[0]
            try browser.wait(for: "document.querySelectorAll('.tile .waiting[hidden]').length === 2")
            try browser.wait(
                for: "document.querySelector('#summary').textContent.startsWith('1 video, 1 photo, ')")
            let tile = "[data-id='\(photo)']"
            try browser.wait(for: "document.querySelector(\"\(tile) img\")?.naturalWidth > 0")
            #expect(try browser.isTrue("document.querySelector(\"\(tile) .badge\").hidden"))
            #expect(
                try browser.value("document.querySelector(\"\(tile) a\").getAttribute('aria-label')") as? String
                    == "IMG_7.jpg, photo")

            try browser.click("\(tile) a")
            let stage = "document.querySelector('#viewer .stage img')"
            try browser.wait(for: "\(stage)?.naturalHeight === 1600")
            let isSeenWhole = """
                (box => box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth)\
                (\(stage).getBoundingClientRect())
                """
            for (width, height) in [(390, 844), (1280, 900)] {
                try browser.resize(width: width, height: height)
                #expect(try browser.isTrue(isSeenWhole), "at \(width) by \(height) a part of it is hidden")
            }
            #expect(try browser.isTrue("!document.querySelector('#viewer :is(video, .live)')"))
            let details = try browser.text("#viewer .details")
            #expect(details.contains("1200 × 1600") && !details.contains("Length"), "\(details)")
            let download = "document.querySelector('[data-act=download]').download"
            #expect(try browser.value(download) as? String == "IMG_7.jpg")

            // Its neighbour plays, and it is still there afterwards.
            try browser.press(.left)
            try browser.wait(for: "document.querySelector('#viewer video')?.currentTime > 0.1")
            #expect(try browser.isTrue("location.hash === '#\(video)'"))
            try browser.press(.right)
            try browser.wait(for: "\(stage)?.naturalHeight === 1600")
            try room.expectNoComplaints()
        }

        /// What makes two files one Live Photo is tried elsewhere; here they are told so.
        @Test func a_live_photo_is_one_tile_with_both_its_halves() throws {
            let room = try Room()
            let browser = room.browser
            let still = try publish("IMG_1.jpg", in: room)
            let moving = try room.publish("IMG_1.mp4")[0]
            try room.flipd.stop()
            try room.flipd.change(
                """
                UPDATE asset SET pair = '\(moving)' WHERE id = '\(still)';
                UPDATE asset SET pair = '\(still)' WHERE id = '\(moving)';
                """)
            try room.restart()
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === 1")
            #expect(try browser.text(".tile .badge") == "Live")
            try browser.click(".tile a")
            try browser.wait(for: "document.querySelector('#viewer .stage img')?.naturalHeight === 1600")
            try browser.click(".live")
            try browser.wait(for: "document.querySelector('#viewer video')?.currentTime > 0.1")
            // Afterwards it is still again.
            try browser.wait(for: "document.querySelector('#viewer .stage img')")
            try browser.click("[data-act=delete]")
            try room.becomeKnown()
            try browser.wait(for: "\(PageTests.tiles) === 0")
            #expect(try room.flipd.assets("?state=deleted").count == 2)
            try browser.click("#said button")
            try browser.wait(for: "\(PageTests.tiles) === 1")
            try room.flipd.waitUntil("both are back") { try room.flipd.assets("?state=ready").count == 2 }
            try room.expectNoComplaints()
        }
    }
}
