// JSON, inside the core only: a strict reader, a flat document to look around in, and a writer.
//
// Reader: RFC 8259, a byte order mark in front allowed (section 8.1), held to I-JSON's strings
// (RFC 7493 section 2.1: valid UTF-8, no lone surrogates, not even escaped ones). It keeps no
// native stack: a text may nest as deep as it likes, it is refused at `max_depth` without a crash.
// Refused, too: more bytes than the limit, an object of more than MAX_JSON_KEYS keys, numbers that
// no finite double is near. The same key
// twice in one object is found; parse() refuses it, read() reports it by pointer. O(n), with
// O(k log k) for an object's k keys; a document takes two allocations and those of growing.
//
// Document: all nodes in one vector, all text in one string; a View is a handle into it, valid as
// long as the Document is neither moved nor destroyed. Nothing here recurses deeper than the
// `max_depth` that the text was read with. Texts are below 4 GiB.
//
// Writer: appends compact JSON to a string, keys in the order they are given, the same bytes on
// every host; bytes that are not UTF-8 become U+FFFD. Numbers are kept as they were written (but
// -0, the integer, is 0), so that no double is ever formed or formatted.
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
  Code code = Code::kAllowed;  ///< kAllowed: none
  std::size_t byte = 0;        ///< offset of what was not expected; the text's size at its end
  std::size_t line = 0;        ///< 1-based; 0: no position
  std::size_t column = 0;      ///< 1-based, in bytes
  std::string pointer;         ///< JSON_DUPLICATE_KEY: the key; JSON_TOO_MANY_KEYS: the object
  std::string reason;          ///< for a person, without position
};

class Document;

/// A handle to one value. A default-constructed one stands for "absent".
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
  /// The string's text (may hold any byte, NUL too), or the number as written.
  [[nodiscard]] std::string_view text() const noexcept;
  /// An integer of at most 18 digits in [low, high]; false for anything else.
  [[nodiscard]] bool integer(std::int64_t low, std::int64_t high, std::int64_t* out) const noexcept;

  /// Children of an array or object.
  [[nodiscard]] std::size_t size() const noexcept;
  /// The member with this key (the first, where it stands twice), or absent.
  [[nodiscard]] View find(std::string_view key) const noexcept;
  /// This child's key in its object; empty in an array.
  [[nodiscard]] std::string_view key() const noexcept;

  /// for (json::View child : view.children())
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
  /// The whole value; absent when nothing was read.
  [[nodiscard]] View root() const noexcept;
  /// Pointers to keys that stand twice, in the order in which their objects end; at most 100.
  [[nodiscard]] const std::vector<std::string>& duplicates() const noexcept { return duplicates_; }
  /// There are more than are listed.
  [[nodiscard]] bool more_duplicates() const noexcept { return more_duplicates_; }

 private:
  friend class View;
  friend class Reader;
  friend std::size_t depth(View value);
  friend std::size_t dump_bound(View view);
  friend Error read(std::string_view text, const Limits& limits, Document& out);
  struct Node {
    std::uint32_t key_at = 0, key_size = 0;  // into text_
    std::uint32_t text_at = 0;               // into text_; without its quote
    std::uint32_t text_size = 0;             // a container's counts its children
    std::uint32_t end = 0;                   // the index behind this value's last descendant
    Kind kind = Kind::kNull;
  };
  std::vector<Node> nodes_;
  std::string text_;  // as it was read, strings decoded where they stand
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

/// Reads `text`. Keys that stand twice are listed in out.duplicates().
[[nodiscard]] Error read(std::string_view text, const Limits& limits, Document& out);

/// The same, and a key that stands twice is an error.
[[nodiscard]] Error parse(std::string_view text, const Limits& limits, Document& out);

/// The levels of nesting of a value: 0 for a scalar, 1 for a flat array or object.
[[nodiscard]] std::size_t depth(View value);

/// Appends `segment` to an RFC 6901 pointer ('~' and '/' escaped).
void append_pointer(std::string& pointer, std::string_view segment);
void append_pointer(std::string& pointer, std::size_t index);

/// Appends `text` as a JSON string with its quotes.
void append_string(std::string& out, std::string_view text);

/// Writes compact JSON. Commas and colons are its business; matching begin and end is the caller's.
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
  Writer& raw(std::string_view json);  ///< text that is JSON already
  Writer& value(View view);            ///< a read value, keys in their order

  [[nodiscard]] std::string_view text() const noexcept { return {out_.data(), used_}; }
  [[nodiscard]] std::string take();

 private:
  void separate();
  char* room(std::size_t bytes);
  void put(char c);
  void put(std::string_view text);
  void quoted(std::string_view text);
  std::string out_;  // with room behind what is used: one call of std::string's per text, not three
  std::size_t used_ = 0;
};

/// The value as compact JSON.
[[nodiscard]] std::string dump(View view);

/// At least as many bytes as dump(view) has, in O(1).
[[nodiscard]] std::size_t dump_bound(View view);

}  // namespace portcullis::json
