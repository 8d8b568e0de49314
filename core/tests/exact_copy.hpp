// Copies a text into a buffer of exactly its size, so that AddressSanitizer detects reads beyond
// it.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace portcullis {

class ExactCopy {
 public:
  explicit ExactCopy(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    if (size_ > 0) std::memcpy(bytes_.get(), text.data(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

}  // namespace portcullis
