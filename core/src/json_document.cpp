// Queries on a document.
#include <algorithm>

#include "bytes_equal.hpp"
#include "decimal.hpp"
#include "json.hpp"

namespace portcullis::json {

Kind View::kind() const noexcept {
  return document_ == nullptr ? Kind::kNull : document_->nodes_[index_].kind;
}

bool View::is_bool() const noexcept { return kind() == Kind::kTrue || kind() == Kind::kFalse; }

std::string_view View::text() const noexcept {
  if (!is_string() && !is_number()) return {};
  const Document::Node& node = document_->nodes_[index_];
  return {document_->text_.data() + node.text_at, node.text_size};
}

bool View::integer(std::int64_t low, std::int64_t high, std::int64_t* out) const noexcept {
  if (!is_number()) return false;
  std::string_view digits = text();
  const bool negative = digits.front() == '-';
  if (negative) digits.remove_prefix(1);
  std::uint64_t number = 0;
  if (read_decimal(digits, number) != digits.size()) return false;
  const std::int64_t value =
      negative ? -static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
  if (value < low || value > high) return false;
  *out = value;
  return true;
}

std::size_t View::size() const noexcept {
  return is_array() || is_object() ? document_->nodes_[index_].text_size : 0;
}

View View::find(std::string_view key) const noexcept {
  if (!is_object()) return {};
  for (const View child : children()) {
    if (bytes_equal(child.key(), key)) return child;
  }
  return {};
}

std::string_view View::key() const noexcept {
  if (document_ == nullptr) return {};
  const Document::Node& node = document_->nodes_[index_];
  return {document_->text_.data() + node.key_at, node.key_size};
}

View::Children View::children() const noexcept {
  if (!is_array() && !is_object()) return {Iterator(nullptr, 0), Iterator(nullptr, 0)};
  return {Iterator(document_, index_ + 1), Iterator(document_, document_->nodes_[index_].end)};
}

View View::Iterator::operator*() const noexcept { return {document_, index_}; }

View::Iterator& View::Iterator::operator++() noexcept {
  index_ = document_->nodes_[index_].end;
  return *this;
}

View Document::root() const noexcept { return nodes_.empty() ? View() : View(this, 0); }

std::size_t depth(View value) {
  if (!value.is_array() && !value.is_object()) return 0;
  if (value.index_ == 0) return value.document_->depth_;
  std::size_t deepest = 0;
  for (const View child : value.children()) deepest = std::max(deepest, depth(child));
  return deepest + 1;
}

void append_pointer(std::string& pointer, std::string_view segment) {
  pointer += '/';
  for (const char c : segment) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

void append_pointer(std::string& pointer, std::size_t index) {
  pointer += '/';
  append_decimal(pointer, index);
}

std::size_t dump_bound(View view) {
  if (!view) return 4;
  // The compact form is never longer than the source: escapes are the shortest. The next value's
  // text starts after this one's; two bytes allow for a string's quotes.
  const Document::Node& node = view.document_->nodes_[view.index_];
  std::size_t end = view.document_->text_.size();
  if (node.end < view.document_->nodes_.size()) {
    const Document::Node& next = view.document_->nodes_[node.end];
    end = next.key_at > 0 ? next.key_at : next.text_at;
  }
  return end - node.text_at + 2;
}

}  // namespace portcullis::json
