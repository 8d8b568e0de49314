// A file that holds a secret, as the server wants it.
#pragma once

#include <filesystem>
#include <string>

#include "temp_folder.hpp"

namespace portcullis::bff::testing {

/// As `chmod 600` makes it.
inline void write_secret(const std::filesystem::path& file, const std::string& text) {
  write_text(file, text);
  using std::filesystem::perms;
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
}

}  // namespace portcullis::bff::testing
