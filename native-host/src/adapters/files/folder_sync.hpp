// Makes the names in a folder durable.
#pragma once

#include <filesystem>
#include <string>

namespace portcullis::bff {

/// Syncs the folder of `file`. Until then a crash may restore an old name or lose a new one.
/// Returns one sentence on failure. Blocks on the disk.
[[nodiscard]] std::string sync_folder(const std::filesystem::path& file);

}  // namespace portcullis::bff
