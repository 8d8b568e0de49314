// The reader. Works in one copy of the text, which becomes the document's: strings are decoded in
// place and nodes refer to them. Nesting levels are nodes, so there is no stack. Internal to
// json.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "json.hpp"
#include "json_text.hpp"

namespace portcullis::json {

/// Fills a Document from its text_.
class Reader {
 public:
  Reader(Document& out, std::size_t max_depth)
      : out_(out),
        base_(out.text_.data()),
        end_(base_ + out.text_.size()),
        p_(base_),
        max_depth_(max_depth) {}

  bool run();

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] std::size_t byte() const noexcept { return byte_; }
  [[nodiscard]] std::string take_reason() noexcept { return std::move(reason_); }
  [[nodiscard]] std::string take_pointer() noexcept { return std::move(pointer_); }

 private:
  using Node = Document::Node;

  bool fail(const char* at, std::string reason, Code code = Code::kJsonSyntax) {
    byte_ = static_cast<std::size_t>(at - base_);
    reason_ = std::move(reason);
    code_ = code;
    return false;
  }
  bool fail(const text::Fault& fault) { return fail(fault.at, fault.reason); }
  bool unexpected(std::string_view expected);

  void skip_space() noexcept {
    while (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r') ++p_;
  }
  bool skip_literal(std::string_view word);
  bool skip_byte_order_mark();

  std::uint32_t offset(const char* p) const noexcept {
    return static_cast<std::uint32_t>(p - base_);
  }
  Node& add(Kind kind) {
    if (depth_ > 0) ++out_.nodes_[open_].text_size;
    Node& node = out_.nodes_.emplace_back();
    node.kind = kind;
    node.key_at = key_at_;
    node.key_size = key_size_;
    key_at_ = 0;
    key_size_ = 0;
    node.text_at = offset(p_);
    node.end = static_cast<std::uint32_t>(out_.nodes_.size());
    return node;
  }
  bool literal(Kind kind, std::string_view word) {
    add(kind);
    return skip_literal(word);
  }
  bool string(std::uint32_t& at, std::uint32_t& size);
  bool number();
  bool key();
  bool open(Kind kind);
  void close();
  bool value(bool& opened);

  std::string_view key_of(std::uint32_t index) const noexcept {
    const Node& node = out_.nodes_[index];
    return {base_ + node.key_at, node.key_size};
  }
  void find_duplicates();
  void find_duplicates_sorted();
  void report_duplicate(std::uint32_t member);
  [[nodiscard]] std::string pointer_of_open() const;
  bool too_many_keys();

  Document& out_;
  char* base_;
  const char* end_;
  char* p_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
  std::uint32_t open_ = 0;  // the innermost container; while open, its `end` is its parent's index
  std::uint32_t key_at_ = 0;
  std::uint32_t key_size_ = 0;
  Code code_ = Code::kAllowed;
  std::size_t byte_ = 0;
  std::string reason_;
  std::string pointer_;
};

}  // namespace portcullis::json
