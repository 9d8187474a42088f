extension NPYElement {
    /// Integers of more than 16 bits and floats of 64 are not all numbers of 32 bits.
    var width: RealNumbers.Width { size == 8 || (size == 4 && kind != .float) ? .double : .single }

    /// - Parameters:
    ///   - elements: whole ones, of this type.
    ///   - numbers: of ``width``, with room for them.
    func append(_ elements: UnsafeRawBufferPointer, to numbers: RealNumbers) {
        switch (kind, size) {
        case (.signed, 1): forEach(elements, Int8.self) { numbers.append(Float($0)) }
        case (.signed, 2): forEach(elements, Int16.self) { numbers.append(Float($0)) }
        case (.signed, 4): forEach(elements, Int32.self) { numbers.append(Double($0)) }
        case (.signed, _): forEach(elements, Int64.self) { numbers.append(Double($0)) }
        case (.unsigned, 1): forEach(elements, UInt8.self) { numbers.append(Float($0)) }
        case (.unsigned, 2): forEach(elements, UInt16.self) { numbers.append(Float($0)) }
        case (.unsigned, 4): forEach(elements, UInt32.self) { numbers.append(Double($0)) }
        case (.unsigned, _): forEach(elements, UInt64.self) { numbers.append(Double($0)) }
        case (.float, 2): forEach(elements, UInt16.self) { numbers.append(Float(halfBits: $0)) }
        case (.float, 4): forEach(elements, UInt32.self) { numbers.append(Float(bitPattern: $0)) }
        case (.float, _): forEach(elements, UInt64.self) { numbers.append(Double(bitPattern: $0)) }
        }
    }

    /// Calls `body` with the place and the number of each of some elements, which are whole ones, of this type.
    @inline(__always)
    func forEachNumber(_ elements: UnsafeRawBufferPointer, _ body: (Int, Double) -> Void) {
        var place = 0
        @inline(__always)
        func take(_ number: Double) {
            body(place, number)
            place &+= 1
        }
        switch (kind, size) {
        case (.signed, 1): forEach(elements, Int8.self) { take(Double($0)) }
        case (.signed, 2): forEach(elements, Int16.self) { take(Double($0)) }
        case (.signed, 4): forEach(elements, Int32.self) { take(Double($0)) }
        case (.signed, _): forEach(elements, Int64.self) { take(Double($0)) }
        case (.unsigned, 1): forEach(elements, UInt8.self) { take(Double($0)) }
        case (.unsigned, 2): forEach(elements, UInt16.self) { take(Double($0)) }
        case (.unsigned, 4): forEach(elements, UInt32.self) { take(Double($0)) }
        case (.unsigned, _): forEach(elements, UInt64.self) { take(Double($0)) }
        case (.float, 2): forEach(elements, UInt16.self) { take(Double(Float(halfBits: $0))) }
        case (.float, 4): forEach(elements, UInt32.self) { take(Double(Float(bitPattern: $0))) }
        case (.float, _): forEach(elements, UInt64.self) { take(Double(bitPattern: $0)) }
        }
    }

    /// Appends integers; −1 for those above 2⁶³ − 1.
    func appendIntegers(_ elements: UnsafeRawBufferPointer, to values: inout [Int]) {
        precondition(kind != .float, "integers of floats")
        switch (kind, size) {
        case (.signed, 1): forEach(elements, Int8.self) { values.append(Int($0)) }
        case (.signed, 2): forEach(elements, Int16.self) { values.append(Int($0)) }
        case (.signed, 4): forEach(elements, Int32.self) { values.append(Int($0)) }
        case (.signed, _): forEach(elements, Int64.self) { values.append(Int($0)) }
        case (_, 1): forEach(elements, UInt8.self) { values.append(Int($0)) }
        case (_, 2): forEach(elements, UInt16.self) { values.append(Int($0)) }
        case (_, 4): forEach(elements, UInt32.self) { values.append(Int($0)) }
        case (_, _): forEach(elements, UInt64.self) { values.append(Int(exactly: $0) ?? -1) }
        }
    }

    @inline(__always)
    private func forEach<Stored: FixedWidthInteger>(
        _ elements: UnsafeRawBufferPointer, _: Stored.Type, _ body: (Stored) -> Void
    ) {
        for place in stride(from: 0, to: elements.count, by: MemoryLayout<Stored>.size) {
            let stored = elements.loadUnaligned(fromByteOffset: place, as: Stored.self)
            body(isBigEndian ? Stored(bigEndian: stored) : Stored(littleEndian: stored))
        }
    }
}

extension Float {
    /// The number of 16 bits whose bits are given (IEEE 754-2008, binary16); exact.
    fileprivate init(halfBits bits: UInt16) {
        let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Float(bits & 0x3FF))
        let magnitude: Float
        switch exponent {
        case 0: magnitude = fraction * 0x1p-24
        case 0x1F: magnitude = fraction == 0 ? .infinity : .nan
        default: magnitude = Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
        }
        self = bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}
