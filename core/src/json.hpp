// JSON for the core only: a strict reader, a flat read-only document, and a writer.
//
// Reader: RFC 8259 with an optional byte order mark (section 8.1), limited to I-JSON strings (RFC
// 7493, section 2.1: valid UTF-8, no lone surrogates, not even escaped). Uses no native stack, so
// deep nesting is rejected at `max_depth` without a crash. Also rejected: texts over the byte
// limit, objects with more than MAX_JSON_KEYS keys, numbers beyond the range of a double. Duplicate
// keys are an error in parse() and reported by pointer in read(). O(n), plus O(k log k) per object
// of k keys; two allocations per document plus growth.
//
// Document: all nodes in one vector, all text in one string. A View is a handle, valid until the
// Document is moved or destroyed. Nothing recurses deeper than `max_depth`. Texts are below 4 GiB.
//
// Writer: appends compact JSON with keys in call order, byte-identical on every host; invalid UTF-8
// becomes U+FFFD. Numbers keep their spelling (except the integer -0, written 0), so no double is
// ever formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portcullis/codes.hpp"

namespace portcullis::json {

enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct Limits {
  std::size_t max_bytes;
  std::size_t max_depth;  ///< 1 is a flat array or object
};

struct Error {
  Code code = Code::kAllowed;  ///< kAllowed: no error
  std::size_t byte = 0;        ///< offset of the unexpected byte, or the text's size
  std::size_t line = 0;        ///< 1-based; 0 if there is no position
  std::size_t column = 0;      ///< 1-based, in bytes
  std::string pointer;  ///< of the key for JSON_DUPLICATE_KEY, of the object for JSON_TOO_MANY_KEYS
  std::string reason;   ///< for people, without the position
};

class Document;

/// A handle to one value; means "absent" if default-constructed.
class View {
 public:
  View() = default;
  explicit operator bool() const noexcept { return document_ != nullptr; }

  [[nodiscard]] Kind kind() const noexcept;
  [[nodiscard]] bool is_null() const noexcept { return kind() == Kind::kNull; }
  [[nodiscard]] bool is_bool() const noexcept;
  [[nodiscard]] bool is_number() const noexcept { return kind() == Kind::kNumber; }
  [[nodiscard]] bool is_string() const noexcept { return kind() == Kind::kString; }
  [[nodiscard]] bool is_array() const noexcept { return kind() == Kind::kArray; }
  [[nodiscard]] bool is_object() const noexcept { return kind() == Kind::kObject; }

  [[nodiscard]] bool boolean() const noexcept { return kind() == Kind::kTrue; }
  /// The string's text (any byte, NUL included), or the number as written.
  [[nodiscard]] std::string_view text() const noexcept;
  /// Reads an integer of at most 18 digits in [low, high]. False for anything else.
  [[nodiscard]] bool integer(std::int64_t low, std::int64_t high, std::int64_t* out) const noexcept;

  /// Number of children of an array or object.
  [[nodiscard]] std::size_t size() const noexcept;
  /// The member with this key (the first if duplicated), or absent.
  [[nodiscard]] View find(std::string_view key) const noexcept;
  /// The key of this member; empty in an array.
  [[nodiscard]] std::string_view key() const noexcept;

  /// Iteration: for (json::View child : view.children())
  class Iterator;
  struct Children;
  [[nodiscard]] Children children() const noexcept;

 private:
  friend class Document;
  friend std::size_t depth(View value);
  friend std::size_t dump_bound(View view);
  View(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

class Document {
 public:
  /// The whole value; absent if nothing was read.
  [[nodiscard]] View root() const noexcept;
  /// Pointers to duplicate keys, in the order in which their objects end; at most 100.
  [[nodiscard]] const std::vector<std::string>& duplicates() const noexcept { return duplicates_; }
  /// Whether there are more than duplicates() lists.
  [[nodiscard]] bool more_duplicates() const noexcept { return more_duplicates_; }

 private:
  friend class View;
  friend class Reader;
  friend std::size_t depth(View value);
  friend std::size_t dump_bound(View view);
  friend Error read(std::string_view text, const Limits& limits, Document& out);
  struct Node {
    std::uint32_t key_at = 0, key_size = 0;  // into text_
    std::uint32_t text_at = 0;               // into text_; without the quote
    std::uint32_t text_size = 0;             // for a container: number of children
    std::uint32_t end = 0;                   // the index after this value's last descendant
    Kind kind = Kind::kNull;
  };
  std::vector<Node> nodes_;
  std::string text_;  // the input, with strings decoded in place
  std::vector<std::string> duplicates_;
  bool more_duplicates_ = false;
  std::size_t depth_ = 0;  // of the whole value
};

class View::Iterator {
 public:
  Iterator(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  View operator*() const noexcept;
  Iterator& operator++() noexcept;
  bool operator!=(const Iterator& other) const noexcept { return index_ != other.index_; }

 private:
  const Document* document_;
  std::uint32_t index_;
};

struct View::Children {
  Iterator first, last;
  [[nodiscard]] Iterator begin() const noexcept { return first; }
  [[nodiscard]] Iterator end() const noexcept { return last; }
};

/// Reads `text`. Duplicate keys are listed in out.duplicates().
[[nodiscard]] Error read(std::string_view text, const Limits& limits, Document& out);

/// The same, but a duplicate key is an error.
[[nodiscard]] Error parse(std::string_view text, const Limits& limits, Document& out);

/// The nesting depth of a value: 0 for a scalar, 1 for a flat array or object.
[[nodiscard]] std::size_t depth(View value);

/// Appends `segment` to an RFC 6901 pointer, escaping '~' and '/'.
void append_pointer(std::string& pointer, std::string_view segment);
void append_pointer(std::string& pointer, std::size_t index);

/// Appends `text` as a JSON string with quotes.
void append_string(std::string& out, std::string_view text);

/// Writes compact JSON. Adds commas and colons itself; the caller matches begin and end.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view key);
  Writer& string(std::string_view text);
  Writer& boolean(bool value);
  Writer& integer(std::int64_t value);
  Writer& null();
  Writer& raw(std::string_view json);  ///< text that is already JSON
  Writer& value(View view);            ///< a parsed value, keys in their order

  [[nodiscard]] std::string_view text() const noexcept { return {out_.data(), used_}; }
  [[nodiscard]] std::string take();

 private:
  void separate();
  char* room(std::size_t bytes);
  void put(char c);
  void put(std::string_view text);
  void quoted(std::string_view text);
  std::string
      out_;  // kept larger than what is used: one std::string call per text instead of three
  std::size_t used_ = 0;
};

/// The value as compact JSON.
[[nodiscard]] std::string dump(View view);

/// An upper bound of dump(view).size(), in O(1).
[[nodiscard]] std::size_t dump_bound(View view);

}  // namespace portcullis::json
