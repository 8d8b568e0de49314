// Rows that are answered otherwise on purpose, and why. A row that no longer departs has to leave this list.
const PARSING = 'test_parsing/';
const TRANSFORM = 'test_transform/';

export const DEPARTURES = [
  {
    file: 'json-jsontestsuite.json',
    reason:
      'A key that stands twice is refused (`JSON_DUPLICATE_KEY`). RFC 8259, section 4, leaves open what readers make of it, RFC 7493 (I-JSON), section 2.3, forbids it: two readers of one manifest could see two permissions.',
    rows: [
      `${PARSING}y_object_duplicated_key.json`,
      `${PARSING}y_object_duplicated_key_and_value.json`,
      `${TRANSFORM}object_same_key_different_values.json`,
      `${TRANSFORM}object_same_key_same_value.json`,
      `${TRANSFORM}object_same_key_unclear_values.json`,
    ],
  },
  {
    file: 'json-jsontestsuite.json',
    reason:
      'Half a surrogate pair, escaped or as bytes, is refused (`JSON_SYNTAX`). RFC 8259, section 8.2, calls what happens to it unpredictable, RFC 7493, section 2.1, forbids it, and the bytes are no UTF-8: what would be compared is not what was written.',
    rows: [
      `${TRANSFORM}string_1_escaped_invalid_codepoint.json`,
      `${TRANSFORM}string_1_invalid_codepoint.json`,
      `${TRANSFORM}string_2_escaped_invalid_codepoints.json`,
      `${TRANSFORM}string_2_invalid_codepoints.json`,
      `${TRANSFORM}string_3_escaped_invalid_codepoints.json`,
      `${TRANSFORM}string_3_invalid_codepoints.json`,
    ],
  },
];
