internal import CColour

/// A picture's three planes, for as long as a call lasts. Strides count samples.
package struct Planes<Sample> {
    package var luma, cb, cr: UnsafeMutablePointer<Sample>
    package var lumaStride, cbStride, crStride: Int

    package init(
        luma: UnsafeMutablePointer<Sample>, _ lumaStride: Int, cb: UnsafeMutablePointer<Sample>,
        _ cbStride: Int,
        cr: UnsafeMutablePointer<Sample>, _ crStride: Int
    ) {
        (self.luma, self.cb, self.cr) = (luma, cb, cr)
        (self.lumaStride, self.cbStride, self.crStride) = (lumaStride, cbStride, crStride)
    }
}

/// `ColourMap` for whole pictures, many pixels at a time: its numbers as the rows' function wants them.
///
/// Nothing in a picture can lead outside the table of lights: samples are cut to ten bits, and places to its two ends.
package final class ColourKernel {
    private let colours: flip_colours
    private let lights: UnsafeMutablePointer<Float>

    package init(_ map: ColourMap) {
        let steps = Int(FLIP_LIGHTS)
        lights = .allocate(capacity: steps + 1)
        for step in 0...steps {
            (lights + step).initialize(to: Float(map.light(Double(step) / Double(steps))))
        }
        colours = flip_colours(map, lights: lights)
    }

    deinit { lights.deallocate() }

    /// From ten bits to eight, both in the limited range, on so many threads. Colours are shared by two by two pixels; where
    /// a side is odd, its last pixels share theirs with nobody.
    package func map(
        _ source: Planes<UInt16>, to result: Planes<UInt8>, width: Int, height: Int, threads: Int = 1
    ) {
        inStripes(of: (height + 1) / 2, on: threads) { rows in
            for row in rows {
                let (upper, lower) = (2 * row, min(2 * row + 1, height - 1))
                let from: [UnsafePointer<UInt16>?] = [
                    UnsafePointer(source.luma + upper * source.lumaStride),
                    UnsafePointer(source.luma + lower * source.lumaStride),
                ]
                let to: [UnsafeMutablePointer<UInt8>?] = [
                    result.luma + upper * result.lumaStride, result.luma + lower * result.lumaStride,
                ]
                withUnsafePointer(to: colours) { colours in
                    flip_map_rows(
                        colours, from, source.cb + row * source.cbStride,
                        source.cr + row * source.crStride, to, result.cb + row * result.cbStride,
                        result.cr + row * result.crStride, Int32(width))
                }
            }
        }
    }
}

extension flip_colours {
    fileprivate init(_ map: ColourMap, lights: UnsafePointer<Float>) {
        self.init()
        self.lights = lights
        let steps = Double(FLIP_LIGHTS)
        let (red, blue) = (map.redShare, map.blueShare)
        let green = 1 - red - blue
        // Of ten bits, 876 steps lead from black to white, and 896 from one end of a colour to the other.
        luma = Float(steps / 876)
        let colour = { (factor: Double) in Float(factor * steps / 896) }
        red_of_cr = colour(2 * (1 - red))
        blue_of_cb = colour(2 * (1 - blue))
        green_of_cr = colour(-2 * (1 - red) * red / green)
        green_of_cb = colour(-2 * (1 - blue) * blue / green)
        let three = { (row: SIMD3<Double>) in (Float(row.x), Float(row.y), Float(row.z)) }
        luminance = three(map.luminance)
        to_red = three(map.toOrdinary.rows.0)
        to_green = three(map.toOrdinary.rows.1)
        to_blue = three(map.toOrdinary.rows.2)
        gain = Float(map.gain.factor)
        gain_power = Float(map.gain.power)
        is_ordinary = map.isOrdinary ? 1 : 0
        if let tone = map.tone {
            knee = Float(tone.knee)
            bend = Float(tone.bend / (tone.peak - tone.knee))
            most_bend = Float(tone.bend)
            roll = Float((1 - tone.knee) / tone.octaves)
        }
        // Of eight bits, 219 steps lead from black to white, and 112 from grey to either end of a colour.
        let ordinary = Colour.Matrix.bt709.shares
        luma_of_red = Float(219 * ordinary.red)
        luma_of_green = Float(219 * (1 - ordinary.red - ordinary.blue))
        luma_of_blue = Float(219 * ordinary.blue)
        cb_of_blue = Float(112 / (1 - ordinary.blue))
        cr_of_red = Float(112 / (1 - ordinary.red))
    }
}
