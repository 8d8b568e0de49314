// Writes a file with a secret, as the server expects it.
#pragma once

#include <filesystem>
#include <string>

#include "temp_folder.hpp"

namespace portcullis::bff::testing {

/// Like `chmod 600`.
inline void write_secret(const std::filesystem::path& file, const std::string& text) {
  write_text(file, text);
  using std::filesystem::perms;
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
}

}  // namespace portcullis::bff::testing
