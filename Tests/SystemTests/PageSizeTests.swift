// The page for everybody: light to load, with ten thousand posters, in light and dark, by ear and on small screens.
import Foundation
import Testing

extension PageTests {
    struct ForEverybody {
        /// All that a browser loads before it can show the first poster.
        static let heaviest_bytes = 60_000.0

        @Test func it_is_light_and_ten_thousand_posters_come_as_one_scrolls() throws {
            let room = try Room()
            let browser = room.browser
            try room.publish("Loom/a.mp4")
            try room.flipd.stop()
            try Self.multiply(room.flipd, to: 10_000)
            try room.restart()
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) >= 100")
            let weight = """
                [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
                .filter(one => !one.name.includes('/v1/') && !one.name.includes('/media/'))
                .reduce((sum, one) => sum + one.encodedBodySize, 0)
                """
            let bytes = try browser.number(weight.replacing("\n", with: " "))
            #expect(bytes > 10_000 && bytes <= Self.heaviest_bytes, "\(bytes) bytes are loaded")
            #expect(try browser.text("#summary").hasPrefix("10,000 videos"))
            #expect(try browser.number(PageTests.tiles) < 1000, "all of them were loaded at once")
            for wanted in [300, 500] {
                _ = try browser.value("scrollTo(0, document.body.scrollHeight)")
                try browser.wait(
                    for: "scrollTo(0, document.body.scrollHeight) ?? \(PageTests.tiles) >= \(wanted)")
            }
            // Each stands once, the newest first.
            let order = """
                (() => { const ids = [...document.querySelectorAll('.day')].map(day => day.dataset.day); \
                const all = [...document.querySelectorAll('.tile')].map(tile => tile.dataset.id); \
                return new Set(all).size === all.length && ids.join() === [...ids].sort().reverse().join(); })()
                """
            #expect(try browser.isTrue(order))

            // A month long ago is one choice away.
            let month = "document.querySelector('#month')"
            _ = try browser.value("\(month).selectedIndex = \(month).options.length - 2")
            let words = try #require(try browser.value("\(month).selectedOptions[0].textContent") as? String)
            _ = try browser.value("\(month).dispatchEvent(new Event('change'))")
            try browser.wait(for: "document.querySelector('.day h2')?.textContent.endsWith('\(words)')")
            try room.expectNoComplaints()
        }

        /// Rows like the one that is there, over the last year and a half. What they name is not there, but lately checked.
        private static func multiply(_ flipd: Flipd, to count: Int) throws {
            let now = Int(Date().timeIntervalSince1970 * 1000)
            let script = """
                CREATE TEMP TABLE many AS WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted
                    WHERE n < \(count - 1)) SELECT asset.*, n FROM asset, counted;
                UPDATE many SET received_at = \(now) - n * 4800000, published_at = \(now) - n * 4800000,
                    checked_at = \(now), original = NULL, sha256 = lower(hex(randomblob(32))),
                    collection_text = 'Collection ' || n % 7;
                UPDATE many SET id = printf('%s-%s-7000-8000-%012x', substr(printf('%012x', received_at), 1, 8),
                    substr(printf('%012x', received_at), 9), n);
                ALTER TABLE many DROP COLUMN n;
                INSERT INTO asset SELECT * FROM many;
                """
            try flipd.change(script)
        }

        @Test func everything_has_a_name_and_enough_contrast_and_fits() throws {
            let room = try Room()
            let browser = room.browser
            try room.publish("Loom/a.mp4")
            try room.flipd.write("text", as: "minutes.pdf")
            try room.flipd.waitUntil("it came back") { try room.flipd.status()["needs_you"] as? Int == 1 }
            try room.open()
            try browser.wait(for: "\(PageTests.tiles) === 1 && !document.querySelector('#needs-you').disabled")
            for landmark in ["header", "main", "nav[aria-label]", "form[role=search]", "h1", "[role=status]"] {
                #expect(try browser.isTrue("document.querySelector('\(landmark)')"), "there is no \(landmark)")
            }
            for (width, dark) in [(1440, true), (390, false)] {
                try browser.resize(width: width, height: 844, dark: dark)
                try Self.look(browser, "the page at \(width), \(dark ? "dark" : "light")")
                for opener in ["#needs-you", "#open-trash", "#open-storage", ".tile a"] {
                    try browser.click(opener)
                    try browser.wait(for: "document.querySelector('dialog:modal :is(.rows li, table, h2)')")
                    try Self.look(browser, "\(opener) at \(width), \(dark ? "dark" : "light")")
                    try browser.press(.escape)
                    try browser.wait(for: "!document.querySelector('dialog:modal')")
                }
            }
            try room.expectNoComplaints()
        }

        private static func look(_ browser: Browser, _ what: String) throws {
            let nameless = try browser.value(Self.nameless) as? [String] ?? ["?"]
            #expect(nameless == [], "\(what): nameless")
            let faint = try browser.value(Self.faint) as? [String] ?? ["?"]
            #expect(faint == [], "\(what): faint")
            #expect(
                try browser.isTrue("document.documentElement.scrollWidth <= innerWidth"), "\(what) is too wide")
        }

        /// What one can press or fill in, and a screen reader could not name.
        private static let nameless = """
            (() => [...document.querySelectorAll('button, a, input, select, textarea, dialog, video, img:not([alt])')]
            .filter(one => one.checkVisibility())
            .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length
            || document.getElementById(one.getAttribute('aria-labelledby'))?.textContent.trim()))
            .map(one => one.outerHTML.slice(0, 120)))()
            """.replacing("\n", with: " ")

        /// Words with less contrast than WCAG's 4.5 to what is behind them; those over pictures have a shade of their own.
        private static let faint = """
            (() => { const channels = text => text.match(/[0-9.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, place) => sum + v * [0.2126, 0.7152, 0.0722][place], 0);
            const behind = one => { for (let at = one; at; at = at.parentElement) {
            const found = channels(getComputedStyle(at).backgroundColor); if ((found[3] ?? 1) > 0.5) return found; }
            return [255, 255, 255]; };
            const top = document.querySelector('dialog:modal') ?? document.body;
            return [...top.querySelectorAll('*')].filter(one => one.checkVisibility() && !one.closest('.frame, .stage, .turn, .skip, option')
            && [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
            .map(one => { const [a, b] = [light(channels(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
            return [(a + 0.05) / (b + 0.05), one]; })
            .filter(([ratio]) => ratio < 4.5).map(([ratio, one]) => ratio.toFixed(2) + ' ' + one.outerHTML.slice(0, 100)); })()
            """.replacing("\n", with: " ")
    }
}
