import Settings

/// Where the samples of files of images are while they are trained on.
public enum ImageMemory: String, CaseIterable, SettingValue, Codable {
    /// In memory, or in their files where all copies of them would take more than half of the memory that there is.
    case auto
    /// In memory, one copy a node.
    case read
    /// In their files, which are decoded when samples are needed.
    case stream

    /// - Parameters:
    ///   - byteCount: of the samples in memory.
    ///   - copies: of the samples in the memory of the machine: one a rank where ranks do not share it.
    ///   - memory: of the machine; nil where it is not known.
    package func streams(_ byteCount: Int, copies: Int = 1, memory: Int? = MachineMemory.byteCount) -> Bool {
        switch self {
        case .auto: memory.map { byteCount > $0 / 2 / copies } ?? false
        case .read: false
        case .stream: true
        }
    }
}
