// The operator's bearer token for scripts, stored in a file that only the operator can access.
//
// Reread when the file changes, so a token can be replaced or revoked without a restart. If the
// file is missing or shorter than 8 bytes, no token is accepted. A file that others can read or
// write is rejected, as ssh does for keys. Group read access is allowed for a file of another
// owner, because mounted secrets require it. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The token of one file.
class OperatorToken {
 public:
  OperatorToken() = default;

  /// Returns why the file is rejected, as a sentence; empty if it is usable or missing.
  [[nodiscard]] static std::string problem_with(const std::filesystem::path& file);

  /// Sets the file; an empty path disables bearer tokens.
  void set_file(std::filesystem::path file);
  /// Writes a new random token, mode 0600, if there is no file. Returns false on failure.
  bool create_if_missing();
  /// Whether `shown` is the token. Constant time for equal lengths. Checks the file's state on each
  /// call; operator calls are rare.
  [[nodiscard]] bool matches(std::string_view shown);

  /// Minimum length of a token.
  static constexpr std::size_t kMinBytes = 8;

 private:
  void read_again();

  std::mutex mutex_;
  std::filesystem::path file_;
  std::string token_;
  std::int64_t mtime_ns_ = -1;
  std::uint64_t inode_ = 0;
  std::uint64_t size_ = 0;
  bool told_ = false;
};

}  // namespace portcullis::bff
