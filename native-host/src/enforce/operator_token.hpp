// The operator's bearer token, for scripts: a file that only the operator can read and write.
//
// Read again when the file changes, so that a token is exchanged or withdrawn without a restart.
// A file that is missing, or shorter than 8 bytes, means: no token is right. One that others may
// read or write is refused, as ssh refuses such a key: it is anybody's token. The group may read a
// file of another owner, since a mounted secret can be had in no other way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

namespace portcullis::bff {

class OperatorToken {
 public:
  OperatorToken() = default;

  /// Why a file is refused, as a sentence; empty: it may be used, or is not there.
  [[nodiscard]] static std::string problem_with(const std::filesystem::path& file);

  /// Empty: bearer tokens are off.
  void set_file(std::filesystem::path file);
  /// Writes a new random token, mode 0600, when there is no file. False when that failed.
  bool create_if_missing();
  /// Constant time for tokens of the same length. Looks at the file's state on each call: operators
  /// call rarely.
  [[nodiscard]] bool matches(std::string_view shown);

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
