// Written by typia 12.2.1 (MIT) from the types of generate.mjs. Do not edit.
// node_modules/typia/lib/internal/_isTypeUint32.mjs
var _isTypeUint32 = (value) => Math.floor(value) === value && MINIMUM <= value && value <= MAXIMUM;
var MINIMUM = 0;
var MAXIMUM = 2 ** 32 - 1;

// node_modules/typia/lib/internal/_isFormatDateTime.mjs
var _isFormatDateTime = (str) => PATTERN.test(str);
var PATTERN = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T|\s)([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$/i;

// node_modules/typia/lib/TypeGuardError.mjs
var TypeGuardError = class extends Error {
  /**
   * Name of the typia method that threw this error.
   *
   * E.g., `"typia.assert"`, `"typia.assertEquals"`, `"typia.assertGuard"`.
   */
  method;
  /**
   * Property path where assertion failed.
   *
   * Uses dot notation for nested properties. `undefined` if error occurred at
   * root level.
   *
   * E.g., `"input.age"`, `"input.profile.email"`, `"input[0].name"`.
   */
  path;
  /**
   * String representation of expected type.
   *
   * E.g., `"string"`, `"number & ExclusiveMinimum<19>"`, `"{ name: string; age:
   * number }"`.
   */
  expected;
  /**
   * Actual value that failed assertion.
   *
   * The raw value at the error path, useful for debugging.
   */
  value;
  /**
   * Optional human-readable error description.
   *
   * Primarily for AI agent libraries or custom validation scenarios needing
   * additional context. Standard assertions rely on `path`, `expected`, and
   * `value` for error reporting.
   */
  description;
  /**
   * Phantom property for TypeScript type safety.
   *
   * Not used at runtime—exists only to preserve generic type `T` in the type
   * system. Always `undefined`.
   *
   * @internal
   */
  fake_expected_typed_value_;
  /**
   * Creates a new TypeGuardError instance.
   *
   * @param props Error properties
   */
  constructor(props) {
    super(props.message || `Error on ${props.method}(): invalid type${props.path ? ` on ${props.path}` : ""}, expect to be ${props.expected}`);
    const proto = new.target.prototype;
    if (Object.setPrototypeOf)
      Object.setPrototypeOf(this, proto);
    else
      this.__proto__ = proto;
    this.method = props.method;
    this.path = props.path;
    this.expected = props.expected;
    this.value = props.value;
    if (props.description || props.value === void 0)
      this.description = props.description ?? [
        "The value at this path is `undefined`.",
        "",
        `Please fill the \`${props.expected}\` typed value next time.`
      ].join("\n");
  }
};

// node_modules/typia/lib/internal/_assertGuard.mjs
var _assertGuard = (exceptionable, props, factory) => {
  if (exceptionable === true) {
    if (factory)
      throw factory(props);
    else
      throw new TypeGuardError(props);
  }
  return false;
};

// out/generated.ts
import { isDateTime, isWireDate } from "../date-time.mjs";
var documented = {
  page: /* @__PURE__ */ (() => {
    const _io0 = (input) => "object" === typeof input.pagination_response_record && null !== input.pagination_response_record && _io1(input.pagination_response_record) && (Array.isArray(input.cases) && input.cases.every((elem) => "object" === typeof elem && null !== elem && _io2(elem)));
    const _io1 = (input) => "number" === typeof input.last_index && _isTypeUint32(input.last_index) && ("number" === typeof input.page_index && _isTypeUint32(input.page_index)) && ("number" === typeof input.page_records && _isTypeUint32(input.page_records)) && "string" === typeof input.self_link && ("string" === typeof input.title && input.title.length <= 120) && ("number" === typeof input.total_records && _isTypeUint32(input.total_records));
    const _io2 = (input) => (void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && _isTypeUint32(input.item_entry_id)) && ("string" === typeof input.user_id && input.user_id.length <= 50) && ("string" === typeof input.case_id && input.case_id.length <= 64) && ("string" === typeof input.title && input.title.length <= 240) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && ("string" === typeof input.contact_name && input.contact_name.length <= 150) && (void 0 === input.status_flag || "O" === input.status_flag || "C" === input.status_flag) && ("string" === typeof input.status && input.status.length <= 150) && ("string" === typeof input.creation_date && _isFormatDateTime(input.creation_date)) && ("string" === typeof input.updated_date && _isFormatDateTime(input.updated_date)) && ("string" === typeof input.serial_number && input.serial_number.length <= 30) && ("string" === typeof input.contract_id && input.contract_id.length <= 120) && (void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem));
    const _ao0 = (input, _path, _exceptionable = true) => (("object" === typeof input.pagination_response_record && null !== input.pagination_response_record || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".pagination_response_record",
      expected: "__type.o1",
      value: input.pagination_response_record
    }, _errorFactory)) && _ao1(input.pagination_response_record, _path + ".pagination_response_record", _exceptionable) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".pagination_response_record",
      expected: "__type.o1",
      value: input.pagination_response_record
    }, _errorFactory)) && ((Array.isArray(input.cases) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases",
      expected: "Array<__type>",
      value: input.cases
    }, _errorFactory)) && input.cases.every((elem, _index4) => ("object" === typeof elem && null !== elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases[" + _index4 + "]",
      expected: "__type.o6",
      value: elem
    }, _errorFactory)) && _ao2(elem, _path + ".cases[" + _index4 + "]", _exceptionable) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases[" + _index4 + "]",
      expected: "__type.o6",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases",
      expected: "Array<__type>",
      value: input.cases
    }, _errorFactory));
    const _ao1 = (input, _path, _exceptionable = true) => ("number" === typeof input.last_index && (_isTypeUint32(input.last_index) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".last_index",
      expected: 'number & Type<"uint32">',
      value: input.last_index
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".last_index",
      expected: '(number & Type<"uint32">)',
      value: input.last_index
    }, _errorFactory)) && ("number" === typeof input.page_index && (_isTypeUint32(input.page_index) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".page_index",
      expected: 'number & Type<"uint32">',
      value: input.page_index
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".page_index",
      expected: '(number & Type<"uint32">)',
      value: input.page_index
    }, _errorFactory)) && ("number" === typeof input.page_records && (_isTypeUint32(input.page_records) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".page_records",
      expected: 'number & Type<"uint32">',
      value: input.page_records
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".page_records",
      expected: '(number & Type<"uint32">)',
      value: input.page_records
    }, _errorFactory)) && ("string" === typeof input.self_link || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".self_link",
      expected: "string",
      value: input.self_link
    }, _errorFactory)) && ("string" === typeof input.title && (input.title.length <= 120 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "string & MaxLength<120>",
      value: input.title
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "(string & MaxLength<120>)",
      value: input.title
    }, _errorFactory)) && ("number" === typeof input.total_records && (_isTypeUint32(input.total_records) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".total_records",
      expected: 'number & Type<"uint32">',
      value: input.total_records
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".total_records",
      expected: '(number & Type<"uint32">)',
      value: input.total_records
    }, _errorFactory));
    const _ao2 = (input, _path, _exceptionable = true) => (void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && (_isTypeUint32(input.item_entry_id) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".item_entry_id",
      expected: 'number & Type<"uint32">',
      value: input.item_entry_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".item_entry_id",
      expected: '((number & Type<"uint32">) | undefined)',
      value: input.item_entry_id
    }, _errorFactory)) && ("string" === typeof input.user_id && (input.user_id.length <= 50 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".user_id",
      expected: "string & MaxLength<50>",
      value: input.user_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".user_id",
      expected: "(string & MaxLength<50>)",
      value: input.user_id
    }, _errorFactory)) && ("string" === typeof input.case_id && (input.case_id.length <= 64 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".case_id",
      expected: "string & MaxLength<64>",
      value: input.case_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".case_id",
      expected: "(string & MaxLength<64>)",
      value: input.case_id
    }, _errorFactory)) && ("string" === typeof input.title && (input.title.length <= 240 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "string & MaxLength<240>",
      value: input.title
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "(string & MaxLength<240>)",
      value: input.title
    }, _errorFactory)) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".severity",
      expected: '("1" | "2" | "3" | "4" | 1 | 2 | 3 | 4)',
      value: input.severity
    }, _errorFactory)) && ("string" === typeof input.contact_name && (input.contact_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_name",
      expected: "string & MaxLength<150>",
      value: input.contact_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_name",
      expected: "(string & MaxLength<150>)",
      value: input.contact_name
    }, _errorFactory)) && (void 0 === input.status_flag || "O" === input.status_flag || "C" === input.status_flag || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status_flag",
      expected: '("C" | "O" | undefined)',
      value: input.status_flag
    }, _errorFactory)) && ("string" === typeof input.status && (input.status.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status",
      expected: "string & MaxLength<150>",
      value: input.status
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status",
      expected: "(string & MaxLength<150>)",
      value: input.status
    }, _errorFactory)) && ("string" === typeof input.creation_date && (_isFormatDateTime(input.creation_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: 'string & Format<"date-time">',
      value: input.creation_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: '(string & Format<"date-time">)',
      value: input.creation_date
    }, _errorFactory)) && ("string" === typeof input.updated_date && (_isFormatDateTime(input.updated_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".updated_date",
      expected: 'string & Format<"date-time">',
      value: input.updated_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".updated_date",
      expected: '(string & Format<"date-time">)',
      value: input.updated_date
    }, _errorFactory)) && ("string" === typeof input.serial_number && (input.serial_number.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".serial_number",
      expected: "string & MaxLength<30>",
      value: input.serial_number
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".serial_number",
      expected: "(string & MaxLength<30>)",
      value: input.serial_number
    }, _errorFactory)) && ("string" === typeof input.contract_id && (input.contract_id.length <= 120 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contract_id",
      expected: "string & MaxLength<120>",
      value: input.contract_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contract_id",
      expected: "(string & MaxLength<120>)",
      value: input.contract_id
    }, _errorFactory)) && (void 0 === input.technology_name || "string" === typeof input.technology_name && (input.technology_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".technology_name",
      expected: "string & MaxLength<150>",
      value: input.technology_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".technology_name",
      expected: "((string & MaxLength<150>) | undefined)",
      value: input.technology_name
    }, _errorFactory)) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && (input.sub_technology_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".sub_technology_name",
      expected: "string & MaxLength<150>",
      value: input.sub_technology_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".sub_technology_name",
      expected: "((string & MaxLength<150>) | undefined)",
      value: input.sub_technology_name
    }, _errorFactory)) && ((Array.isArray(input.rmas) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas",
      expected: "Array<string>",
      value: input.rmas
    }, _errorFactory)) && input.rmas.every((elem, _index5) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas[" + _index5 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas",
      expected: "Array<string>",
      value: input.rmas
    }, _errorFactory)) && ((Array.isArray(input.bugs) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs",
      expected: "Array<string>",
      value: input.bugs
    }, _errorFactory)) && input.bugs.every((elem, _index6) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs[" + _index6 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs",
      expected: "Array<string>",
      value: input.bugs
    }, _errorFactory));
    const __is = (input) => "object" === typeof input && null !== input && _io0(input);
    let _errorFactory;
    return (input, errorFactory) => {
      if (false === __is(input)) {
        _errorFactory = errorFactory;
        ((input2, _path, _exceptionable = true) => ("object" === typeof input2 && null !== input2 || _assertGuard(true, {
          method: "typia.createAssert",
          path: _path + "",
          expected: "__type",
          value: input2
        }, _errorFactory)) && _ao0(input2, _path + "", true) || _assertGuard(true, {
          method: "typia.createAssert",
          path: _path + "",
          expected: "__type",
          value: input2
        }, _errorFactory))(input, "$input", true);
      }
      return input;
    };
  })(),
  summary: /* @__PURE__ */ (() => {
    const _io0 = (input) => "number" === typeof input.count && _isTypeUint32(input.count) && (Array.isArray(input.cases) && input.cases.every((elem) => "object" === typeof elem && null !== elem && _io1(elem)));
    const _io1 = (input) => (void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && _isTypeUint32(input.item_entry_id)) && ("string" === typeof input.user_id && input.user_id.length <= 50) && ("string" === typeof input.case_id && input.case_id.length <= 64) && ("string" === typeof input.title && input.title.length <= 240) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && ("string" === typeof input.contact_name && input.contact_name.length <= 150) && (void 0 === input.status_flag || "O" === input.status_flag || "C" === input.status_flag) && ("string" === typeof input.status && input.status.length <= 150) && ("string" === typeof input.creation_date && _isFormatDateTime(input.creation_date)) && ("string" === typeof input.updated_date && _isFormatDateTime(input.updated_date)) && ("string" === typeof input.serial_number && input.serial_number.length <= 30) && ("string" === typeof input.contract_id && input.contract_id.length <= 120) && (void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem));
    const _ao0 = (input, _path, _exceptionable = true) => ("number" === typeof input.count && (_isTypeUint32(input.count) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".count",
      expected: 'number & Type<"uint32">',
      value: input.count
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".count",
      expected: '(number & Type<"uint32">)',
      value: input.count
    }, _errorFactory)) && ((Array.isArray(input.cases) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases",
      expected: "Array<__type>",
      value: input.cases
    }, _errorFactory)) && input.cases.every((elem, _index4) => ("object" === typeof elem && null !== elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases[" + _index4 + "]",
      expected: "__type.o3",
      value: elem
    }, _errorFactory)) && _ao1(elem, _path + ".cases[" + _index4 + "]", _exceptionable) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases[" + _index4 + "]",
      expected: "__type.o3",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".cases",
      expected: "Array<__type>",
      value: input.cases
    }, _errorFactory));
    const _ao1 = (input, _path, _exceptionable = true) => (void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && (_isTypeUint32(input.item_entry_id) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".item_entry_id",
      expected: 'number & Type<"uint32">',
      value: input.item_entry_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".item_entry_id",
      expected: '((number & Type<"uint32">) | undefined)',
      value: input.item_entry_id
    }, _errorFactory)) && ("string" === typeof input.user_id && (input.user_id.length <= 50 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".user_id",
      expected: "string & MaxLength<50>",
      value: input.user_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".user_id",
      expected: "(string & MaxLength<50>)",
      value: input.user_id
    }, _errorFactory)) && ("string" === typeof input.case_id && (input.case_id.length <= 64 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".case_id",
      expected: "string & MaxLength<64>",
      value: input.case_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".case_id",
      expected: "(string & MaxLength<64>)",
      value: input.case_id
    }, _errorFactory)) && ("string" === typeof input.title && (input.title.length <= 240 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "string & MaxLength<240>",
      value: input.title
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "(string & MaxLength<240>)",
      value: input.title
    }, _errorFactory)) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".severity",
      expected: '("1" | "2" | "3" | "4" | 1 | 2 | 3 | 4)',
      value: input.severity
    }, _errorFactory)) && ("string" === typeof input.contact_name && (input.contact_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_name",
      expected: "string & MaxLength<150>",
      value: input.contact_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_name",
      expected: "(string & MaxLength<150>)",
      value: input.contact_name
    }, _errorFactory)) && (void 0 === input.status_flag || "O" === input.status_flag || "C" === input.status_flag || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status_flag",
      expected: '("C" | "O" | undefined)',
      value: input.status_flag
    }, _errorFactory)) && ("string" === typeof input.status && (input.status.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status",
      expected: "string & MaxLength<150>",
      value: input.status
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status",
      expected: "(string & MaxLength<150>)",
      value: input.status
    }, _errorFactory)) && ("string" === typeof input.creation_date && (_isFormatDateTime(input.creation_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: 'string & Format<"date-time">',
      value: input.creation_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: '(string & Format<"date-time">)',
      value: input.creation_date
    }, _errorFactory)) && ("string" === typeof input.updated_date && (_isFormatDateTime(input.updated_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".updated_date",
      expected: 'string & Format<"date-time">',
      value: input.updated_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".updated_date",
      expected: '(string & Format<"date-time">)',
      value: input.updated_date
    }, _errorFactory)) && ("string" === typeof input.serial_number && (input.serial_number.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".serial_number",
      expected: "string & MaxLength<30>",
      value: input.serial_number
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".serial_number",
      expected: "(string & MaxLength<30>)",
      value: input.serial_number
    }, _errorFactory)) && ("string" === typeof input.contract_id && (input.contract_id.length <= 120 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contract_id",
      expected: "string & MaxLength<120>",
      value: input.contract_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contract_id",
      expected: "(string & MaxLength<120>)",
      value: input.contract_id
    }, _errorFactory)) && (void 0 === input.technology_name || "string" === typeof input.technology_name && (input.technology_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".technology_name",
      expected: "string & MaxLength<150>",
      value: input.technology_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".technology_name",
      expected: "((string & MaxLength<150>) | undefined)",
      value: input.technology_name
    }, _errorFactory)) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && (input.sub_technology_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".sub_technology_name",
      expected: "string & MaxLength<150>",
      value: input.sub_technology_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".sub_technology_name",
      expected: "((string & MaxLength<150>) | undefined)",
      value: input.sub_technology_name
    }, _errorFactory)) && ((Array.isArray(input.rmas) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas",
      expected: "Array<string>",
      value: input.rmas
    }, _errorFactory)) && input.rmas.every((elem, _index5) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas[" + _index5 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas",
      expected: "Array<string>",
      value: input.rmas
    }, _errorFactory)) && ((Array.isArray(input.bugs) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs",
      expected: "Array<string>",
      value: input.bugs
    }, _errorFactory)) && input.bugs.every((elem, _index6) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs[" + _index6 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs",
      expected: "Array<string>",
      value: input.bugs
    }, _errorFactory));
    const __is = (input) => "object" === typeof input && null !== input && _io0(input);
    let _errorFactory;
    return (input, errorFactory) => {
      if (false === __is(input)) {
        _errorFactory = errorFactory;
        ((input2, _path, _exceptionable = true) => ("object" === typeof input2 && null !== input2 || _assertGuard(true, {
          method: "typia.createAssert",
          path: _path + "",
          expected: "__type",
          value: input2
        }, _errorFactory)) && _ao0(input2, _path + "", true) || _assertGuard(true, {
          method: "typia.createAssert",
          path: _path + "",
          expected: "__type",
          value: input2
        }, _errorFactory))(input, "$input", true);
      }
      return input;
    };
  })(),
  details: /* @__PURE__ */ (() => {
    const _io0 = (input) => "object" === typeof input.caseDetail && null !== input.caseDetail && _io1(input.caseDetail);
    const _io1 = (input) => Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem) && ("string" === typeof input.case_id && input.case_id.length <= 64) && (void 0 === input.close_date || "string" === typeof input.close_date && _isFormatDateTime(input.close_date)) && (Array.isArray(input.contact_business_phone_numbers) && input.contact_business_phone_numbers.every((elem) => "string" === typeof elem)) && (Array.isArray(input.contact_email_ids) && input.contact_email_ids.every((elem) => "string" === typeof elem)) && (Array.isArray(input.contact_mobile_phone_numbers) && input.contact_mobile_phone_numbers.every((elem) => "string" === typeof elem)) && ("string" === typeof input.contact_name && input.contact_name.length <= 150) && ("string" === typeof input.contact_user_id && input.contact_user_id.length <= 100) && ("string" === typeof input.contract_id && input.contract_id.length <= 120) && ("string" === typeof input.creation_date && _isFormatDateTime(input.creation_date)) && (Array.isArray(input.notes) && input.notes.every((elem) => "object" === typeof elem && null !== elem && _io2(elem))) && ("string" === typeof input.owner_email && input.owner_email.length <= 30) && ("string" === typeof input.owner_name && input.owner_name.length <= 30) && ("string" === typeof input.preferred_contact_method && input.preferred_contact_method.length <= 30) && ("string" === typeof input.problem_code_name && input.problem_code_name.length <= 30) && ("string" === typeof input.request_type && input.request_type.length <= 30) && (Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && ("string" === typeof input.serial_number && input.serial_number.length <= 30) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && ("string" === typeof input.status && input.status.length <= 150) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && ("string" === typeof input.title && input.title.length <= 240) && ("string" === typeof input.tracking_number && input.tracking_number.length <= 240) && ("string" === typeof input.updated_date && _isFormatDateTime(input.updated_date)) && ("string" === typeof input.user_id && input.user_id.length <= 50);
    const _io2 = (input) => "string" === typeof input.note && input.note.length <= 2e3 && ("string" === typeof input.note_detail && input.note_detail.length <= 32767) && ("string" === typeof input.created_by && input.created_by.length <= 50) && ("string" === typeof input.creation_date && _isFormatDateTime(input.creation_date));
    const _ao0 = (input, _path, _exceptionable = true) => ("object" === typeof input.caseDetail && null !== input.caseDetail || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".caseDetail",
      expected: "__type.o1",
      value: input.caseDetail
    }, _errorFactory)) && _ao1(input.caseDetail, _path + ".caseDetail", _exceptionable) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".caseDetail",
      expected: "__type.o1",
      value: input.caseDetail
    }, _errorFactory);
    const _ao1 = (input, _path, _exceptionable = true) => ((Array.isArray(input.bugs) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs",
      expected: "Array<string>",
      value: input.bugs
    }, _errorFactory)) && input.bugs.every((elem, _index7) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs[" + _index7 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".bugs",
      expected: "Array<string>",
      value: input.bugs
    }, _errorFactory)) && ("string" === typeof input.case_id && (input.case_id.length <= 64 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".case_id",
      expected: "string & MaxLength<64>",
      value: input.case_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".case_id",
      expected: "(string & MaxLength<64>)",
      value: input.case_id
    }, _errorFactory)) && (void 0 === input.close_date || "string" === typeof input.close_date && (_isFormatDateTime(input.close_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".close_date",
      expected: 'string & Format<"date-time">',
      value: input.close_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".close_date",
      expected: '((string & Format<"date-time">) | undefined)',
      value: input.close_date
    }, _errorFactory)) && ((Array.isArray(input.contact_business_phone_numbers) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_business_phone_numbers",
      expected: "Array<string>",
      value: input.contact_business_phone_numbers
    }, _errorFactory)) && input.contact_business_phone_numbers.every((elem, _index8) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_business_phone_numbers[" + _index8 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_business_phone_numbers",
      expected: "Array<string>",
      value: input.contact_business_phone_numbers
    }, _errorFactory)) && ((Array.isArray(input.contact_email_ids) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_email_ids",
      expected: "Array<string>",
      value: input.contact_email_ids
    }, _errorFactory)) && input.contact_email_ids.every((elem, _index9) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_email_ids[" + _index9 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_email_ids",
      expected: "Array<string>",
      value: input.contact_email_ids
    }, _errorFactory)) && ((Array.isArray(input.contact_mobile_phone_numbers) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_mobile_phone_numbers",
      expected: "Array<string>",
      value: input.contact_mobile_phone_numbers
    }, _errorFactory)) && input.contact_mobile_phone_numbers.every((elem, _index10) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_mobile_phone_numbers[" + _index10 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_mobile_phone_numbers",
      expected: "Array<string>",
      value: input.contact_mobile_phone_numbers
    }, _errorFactory)) && ("string" === typeof input.contact_name && (input.contact_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_name",
      expected: "string & MaxLength<150>",
      value: input.contact_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_name",
      expected: "(string & MaxLength<150>)",
      value: input.contact_name
    }, _errorFactory)) && ("string" === typeof input.contact_user_id && (input.contact_user_id.length <= 100 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_user_id",
      expected: "string & MaxLength<100>",
      value: input.contact_user_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contact_user_id",
      expected: "(string & MaxLength<100>)",
      value: input.contact_user_id
    }, _errorFactory)) && ("string" === typeof input.contract_id && (input.contract_id.length <= 120 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contract_id",
      expected: "string & MaxLength<120>",
      value: input.contract_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".contract_id",
      expected: "(string & MaxLength<120>)",
      value: input.contract_id
    }, _errorFactory)) && ("string" === typeof input.creation_date && (_isFormatDateTime(input.creation_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: 'string & Format<"date-time">',
      value: input.creation_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: '(string & Format<"date-time">)',
      value: input.creation_date
    }, _errorFactory)) && ((Array.isArray(input.notes) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".notes",
      expected: "Array<__type>",
      value: input.notes
    }, _errorFactory)) && input.notes.every((elem, _index11) => ("object" === typeof elem && null !== elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".notes[" + _index11 + "]",
      expected: "__type.o12",
      value: elem
    }, _errorFactory)) && _ao2(elem, _path + ".notes[" + _index11 + "]", _exceptionable) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".notes[" + _index11 + "]",
      expected: "__type.o12",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".notes",
      expected: "Array<__type>",
      value: input.notes
    }, _errorFactory)) && ("string" === typeof input.owner_email && (input.owner_email.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".owner_email",
      expected: "string & MaxLength<30>",
      value: input.owner_email
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".owner_email",
      expected: "(string & MaxLength<30>)",
      value: input.owner_email
    }, _errorFactory)) && ("string" === typeof input.owner_name && (input.owner_name.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".owner_name",
      expected: "string & MaxLength<30>",
      value: input.owner_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".owner_name",
      expected: "(string & MaxLength<30>)",
      value: input.owner_name
    }, _errorFactory)) && ("string" === typeof input.preferred_contact_method && (input.preferred_contact_method.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".preferred_contact_method",
      expected: "string & MaxLength<30>",
      value: input.preferred_contact_method
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".preferred_contact_method",
      expected: "(string & MaxLength<30>)",
      value: input.preferred_contact_method
    }, _errorFactory)) && ("string" === typeof input.problem_code_name && (input.problem_code_name.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".problem_code_name",
      expected: "string & MaxLength<30>",
      value: input.problem_code_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".problem_code_name",
      expected: "(string & MaxLength<30>)",
      value: input.problem_code_name
    }, _errorFactory)) && ("string" === typeof input.request_type && (input.request_type.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".request_type",
      expected: "string & MaxLength<30>",
      value: input.request_type
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".request_type",
      expected: "(string & MaxLength<30>)",
      value: input.request_type
    }, _errorFactory)) && ((Array.isArray(input.rmas) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas",
      expected: "Array<string>",
      value: input.rmas
    }, _errorFactory)) && input.rmas.every((elem, _index12) => "string" === typeof elem || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas[" + _index12 + "]",
      expected: "string",
      value: elem
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".rmas",
      expected: "Array<string>",
      value: input.rmas
    }, _errorFactory)) && ("string" === typeof input.serial_number && (input.serial_number.length <= 30 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".serial_number",
      expected: "string & MaxLength<30>",
      value: input.serial_number
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".serial_number",
      expected: "(string & MaxLength<30>)",
      value: input.serial_number
    }, _errorFactory)) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".severity",
      expected: '("1" | "2" | "3" | "4" | 1 | 2 | 3 | 4)',
      value: input.severity
    }, _errorFactory)) && ("string" === typeof input.status && (input.status.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status",
      expected: "string & MaxLength<150>",
      value: input.status
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".status",
      expected: "(string & MaxLength<150>)",
      value: input.status
    }, _errorFactory)) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && (input.sub_technology_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".sub_technology_name",
      expected: "string & MaxLength<150>",
      value: input.sub_technology_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".sub_technology_name",
      expected: "((string & MaxLength<150>) | undefined)",
      value: input.sub_technology_name
    }, _errorFactory)) && (void 0 === input.technology_name || "string" === typeof input.technology_name && (input.technology_name.length <= 150 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".technology_name",
      expected: "string & MaxLength<150>",
      value: input.technology_name
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".technology_name",
      expected: "((string & MaxLength<150>) | undefined)",
      value: input.technology_name
    }, _errorFactory)) && ("string" === typeof input.title && (input.title.length <= 240 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "string & MaxLength<240>",
      value: input.title
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".title",
      expected: "(string & MaxLength<240>)",
      value: input.title
    }, _errorFactory)) && ("string" === typeof input.tracking_number && (input.tracking_number.length <= 240 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".tracking_number",
      expected: "string & MaxLength<240>",
      value: input.tracking_number
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".tracking_number",
      expected: "(string & MaxLength<240>)",
      value: input.tracking_number
    }, _errorFactory)) && ("string" === typeof input.updated_date && (_isFormatDateTime(input.updated_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".updated_date",
      expected: 'string & Format<"date-time">',
      value: input.updated_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".updated_date",
      expected: '(string & Format<"date-time">)',
      value: input.updated_date
    }, _errorFactory)) && ("string" === typeof input.user_id && (input.user_id.length <= 50 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".user_id",
      expected: "string & MaxLength<50>",
      value: input.user_id
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".user_id",
      expected: "(string & MaxLength<50>)",
      value: input.user_id
    }, _errorFactory));
    const _ao2 = (input, _path, _exceptionable = true) => ("string" === typeof input.note && (input.note.length <= 2e3 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".note",
      expected: "string & MaxLength<2000>",
      value: input.note
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".note",
      expected: "(string & MaxLength<2000>)",
      value: input.note
    }, _errorFactory)) && ("string" === typeof input.note_detail && (input.note_detail.length <= 32767 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".note_detail",
      expected: "string & MaxLength<32767>",
      value: input.note_detail
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".note_detail",
      expected: "(string & MaxLength<32767>)",
      value: input.note_detail
    }, _errorFactory)) && ("string" === typeof input.created_by && (input.created_by.length <= 50 || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".created_by",
      expected: "string & MaxLength<50>",
      value: input.created_by
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".created_by",
      expected: "(string & MaxLength<50>)",
      value: input.created_by
    }, _errorFactory)) && ("string" === typeof input.creation_date && (_isFormatDateTime(input.creation_date) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: 'string & Format<"date-time">',
      value: input.creation_date
    }, _errorFactory)) || _assertGuard(_exceptionable, {
      method: "typia.createAssert",
      path: _path + ".creation_date",
      expected: '(string & Format<"date-time">)',
      value: input.creation_date
    }, _errorFactory));
    const __is = (input) => "object" === typeof input && null !== input && _io0(input);
    let _errorFactory;
    return (input, errorFactory) => {
      if (false === __is(input)) {
        _errorFactory = errorFactory;
        ((input2, _path, _exceptionable = true) => ("object" === typeof input2 && null !== input2 || _assertGuard(true, {
          method: "typia.createAssert",
          path: _path + "",
          expected: "__type",
          value: input2
        }, _errorFactory)) && _ao0(input2, _path + "", true) || _assertGuard(true, {
          method: "typia.createAssert",
          path: _path + "",
          expected: "__type",
          value: input2
        }, _errorFactory))(input, "$input", true);
      }
      return input;
    };
  })()
};
var fastest = {
  page: /* @__PURE__ */ (() => {
    const _io0 = (input) => "object" === typeof input.pagination_response_record && null !== input.pagination_response_record && _io1(input.pagination_response_record) && (Array.isArray(input.cases) && input.cases.every((elem) => "object" === typeof elem && null !== elem && _io2(elem)));
    const _io1 = (input) => "number" === typeof input.last_index && _isTypeUint32(input.last_index) && ("number" === typeof input.page_index && _isTypeUint32(input.page_index)) && ("number" === typeof input.page_records && _isTypeUint32(input.page_records)) && "string" === typeof input.self_link && ("string" === typeof input.title && input.title.length <= 120) && ("number" === typeof input.total_records && _isTypeUint32(input.total_records));
    const _io2 = (input) => (void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && _isTypeUint32(input.item_entry_id)) && ("string" === typeof input.user_id && input.user_id.length <= 50) && ("string" === typeof input.case_id && input.case_id.length <= 64) && ("string" === typeof input.title && input.title.length <= 240) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && ("string" === typeof input.contact_name && input.contact_name.length <= 150) && (void 0 === input.status_flag || "O" === input.status_flag || "C" === input.status_flag) && ("string" === typeof input.status && input.status.length <= 150) && ("string" === typeof input.creation_date && isDateTime(input.creation_date)) && ("string" === typeof input.updated_date && isDateTime(input.updated_date)) && ("string" === typeof input.serial_number && input.serial_number.length <= 30) && ("string" === typeof input.contract_id && input.contract_id.length <= 120) && (void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem));
    return (input) => "object" === typeof input && null !== input && _io0(input);
  })(),
  summary: /* @__PURE__ */ (() => {
    const _io0 = (input) => "number" === typeof input.count && _isTypeUint32(input.count) && (Array.isArray(input.cases) && input.cases.every((elem) => "object" === typeof elem && null !== elem && _io1(elem)));
    const _io1 = (input) => (void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && _isTypeUint32(input.item_entry_id)) && ("string" === typeof input.user_id && input.user_id.length <= 50) && ("string" === typeof input.case_id && input.case_id.length <= 64) && ("string" === typeof input.title && input.title.length <= 240) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && ("string" === typeof input.contact_name && input.contact_name.length <= 150) && (void 0 === input.status_flag || "O" === input.status_flag || "C" === input.status_flag) && ("string" === typeof input.status && input.status.length <= 150) && ("string" === typeof input.creation_date && isDateTime(input.creation_date)) && ("string" === typeof input.updated_date && isDateTime(input.updated_date)) && ("string" === typeof input.serial_number && input.serial_number.length <= 30) && ("string" === typeof input.contract_id && input.contract_id.length <= 120) && (void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem));
    return (input) => "object" === typeof input && null !== input && _io0(input);
  })(),
  details: /* @__PURE__ */ (() => {
    const _io0 = (input) => "object" === typeof input.caseDetail && null !== input.caseDetail && _io1(input.caseDetail);
    const _io1 = (input) => Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem) && ("string" === typeof input.case_id && input.case_id.length <= 64) && (void 0 === input.close_date || "string" === typeof input.close_date && isDateTime(input.close_date)) && (Array.isArray(input.contact_business_phone_numbers) && input.contact_business_phone_numbers.every((elem) => "string" === typeof elem)) && (Array.isArray(input.contact_email_ids) && input.contact_email_ids.every((elem) => "string" === typeof elem)) && (Array.isArray(input.contact_mobile_phone_numbers) && input.contact_mobile_phone_numbers.every((elem) => "string" === typeof elem)) && ("string" === typeof input.contact_name && input.contact_name.length <= 150) && ("string" === typeof input.contact_user_id && input.contact_user_id.length <= 100) && ("string" === typeof input.contract_id && input.contract_id.length <= 120) && ("string" === typeof input.creation_date && isDateTime(input.creation_date)) && (Array.isArray(input.notes) && input.notes.every((elem) => "object" === typeof elem && null !== elem && _io2(elem))) && ("string" === typeof input.owner_email && input.owner_email.length <= 30) && ("string" === typeof input.owner_name && input.owner_name.length <= 30) && ("string" === typeof input.preferred_contact_method && input.preferred_contact_method.length <= 30) && ("string" === typeof input.problem_code_name && input.problem_code_name.length <= 30) && ("string" === typeof input.request_type && input.request_type.length <= 30) && (Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && ("string" === typeof input.serial_number && input.serial_number.length <= 30) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && ("string" === typeof input.status && input.status.length <= 150) && (void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && ("string" === typeof input.title && input.title.length <= 240) && ("string" === typeof input.tracking_number && input.tracking_number.length <= 240) && ("string" === typeof input.updated_date && isDateTime(input.updated_date)) && ("string" === typeof input.user_id && input.user_id.length <= 50);
    const _io2 = (input) => "string" === typeof input.note && input.note.length <= 2e3 && ("string" === typeof input.note_detail && input.note_detail.length <= 32767) && ("string" === typeof input.created_by && input.created_by.length <= 50) && ("string" === typeof input.creation_date && isDateTime(input.creation_date));
    return (input) => "object" === typeof input && null !== input && _io0(input);
  })()
};
var tolerant = {
  page: /* @__PURE__ */ (() => {
    const _io0 = (input) => "object" === typeof input.pagination_response_record && null !== input.pagination_response_record && _io1(input.pagination_response_record) && (Array.isArray(input.cases) && input.cases.every((elem) => "object" === typeof elem && null !== elem && _io2(elem)));
    const _io1 = (input) => "number" === typeof input.last_index && _isTypeUint32(input.last_index) && ("number" === typeof input.page_index && _isTypeUint32(input.page_index)) && ("number" === typeof input.page_records && _isTypeUint32(input.page_records)) && (null === input.self_link || void 0 === input.self_link || "string" === typeof input.self_link) && (null === input.title || void 0 === input.title || "string" === typeof input.title && input.title.length <= 120) && ("number" === typeof input.total_records && _isTypeUint32(input.total_records));
    const _io2 = (input) => (null === input.item_entry_id || void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && _isTypeUint32(input.item_entry_id)) && (null === input.user_id || void 0 === input.user_id || "string" === typeof input.user_id && input.user_id.length <= 50) && ("string" === typeof input.case_id && input.case_id.length <= 64) && (null === input.title || void 0 === input.title || "string" === typeof input.title && input.title.length <= 240) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && (null === input.contact_name || void 0 === input.contact_name || "string" === typeof input.contact_name && input.contact_name.length <= 150) && (null === input.status_flag || void 0 === input.status_flag || "" === input.status_flag || "O" === input.status_flag || "C" === input.status_flag) && (null === input.status || void 0 === input.status || "string" === typeof input.status && input.status.length <= 150) && (null === input.creation_date || void 0 === input.creation_date || "string" === typeof input.creation_date && isWireDate(input.creation_date)) && (null === input.updated_date || void 0 === input.updated_date || "string" === typeof input.updated_date && isWireDate(input.updated_date)) && (null === input.serial_number || void 0 === input.serial_number || "string" === typeof input.serial_number && input.serial_number.length <= 30) && (null === input.contract_id || void 0 === input.contract_id || "string" === typeof input.contract_id && input.contract_id.length <= 120) && (null === input.technology_name || void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (null === input.sub_technology_name || void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (null === input.rmas || void 0 === input.rmas || Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (null === input.bugs || void 0 === input.bugs || Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem));
    return (input) => "object" === typeof input && null !== input && _io0(input);
  })(),
  summary: /* @__PURE__ */ (() => {
    const _io0 = (input) => "number" === typeof input.count && _isTypeUint32(input.count) && (Array.isArray(input.cases) && input.cases.every((elem) => "object" === typeof elem && null !== elem && _io1(elem)));
    const _io1 = (input) => (null === input.item_entry_id || void 0 === input.item_entry_id || "number" === typeof input.item_entry_id && _isTypeUint32(input.item_entry_id)) && (null === input.user_id || void 0 === input.user_id || "string" === typeof input.user_id && input.user_id.length <= 50) && ("string" === typeof input.case_id && input.case_id.length <= 64) && (null === input.title || void 0 === input.title || "string" === typeof input.title && input.title.length <= 240) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && (null === input.contact_name || void 0 === input.contact_name || "string" === typeof input.contact_name && input.contact_name.length <= 150) && (null === input.status_flag || void 0 === input.status_flag || "" === input.status_flag || "O" === input.status_flag || "C" === input.status_flag) && (null === input.status || void 0 === input.status || "string" === typeof input.status && input.status.length <= 150) && (null === input.creation_date || void 0 === input.creation_date || "string" === typeof input.creation_date && isWireDate(input.creation_date)) && (null === input.updated_date || void 0 === input.updated_date || "string" === typeof input.updated_date && isWireDate(input.updated_date)) && (null === input.serial_number || void 0 === input.serial_number || "string" === typeof input.serial_number && input.serial_number.length <= 30) && (null === input.contract_id || void 0 === input.contract_id || "string" === typeof input.contract_id && input.contract_id.length <= 120) && (null === input.technology_name || void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (null === input.sub_technology_name || void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (null === input.rmas || void 0 === input.rmas || Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (null === input.bugs || void 0 === input.bugs || Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem));
    return (input) => "object" === typeof input && null !== input && _io0(input);
  })(),
  details: /* @__PURE__ */ (() => {
    const _io0 = (input) => "object" === typeof input.caseDetail && null !== input.caseDetail && _io1(input.caseDetail);
    const _io1 = (input) => (null === input.bugs || void 0 === input.bugs || Array.isArray(input.bugs) && input.bugs.every((elem) => "string" === typeof elem)) && ("string" === typeof input.case_id && input.case_id.length <= 64) && (null === input.close_date || void 0 === input.close_date || "string" === typeof input.close_date && isWireDate(input.close_date)) && (null === input.contact_business_phone_numbers || void 0 === input.contact_business_phone_numbers || Array.isArray(input.contact_business_phone_numbers) && input.contact_business_phone_numbers.every((elem) => "string" === typeof elem)) && (null === input.contact_email_ids || void 0 === input.contact_email_ids || Array.isArray(input.contact_email_ids) && input.contact_email_ids.every((elem) => "string" === typeof elem)) && (null === input.contact_mobile_phone_numbers || void 0 === input.contact_mobile_phone_numbers || Array.isArray(input.contact_mobile_phone_numbers) && input.contact_mobile_phone_numbers.every((elem) => "string" === typeof elem)) && (null === input.contact_name || void 0 === input.contact_name || "string" === typeof input.contact_name && input.contact_name.length <= 150) && (null === input.contact_user_id || void 0 === input.contact_user_id || "string" === typeof input.contact_user_id && input.contact_user_id.length <= 100) && (null === input.contract_id || void 0 === input.contract_id || "string" === typeof input.contract_id && input.contract_id.length <= 120) && (null === input.creation_date || void 0 === input.creation_date || "string" === typeof input.creation_date && isWireDate(input.creation_date)) && (null === input.notes || void 0 === input.notes || Array.isArray(input.notes) && input.notes.every((elem) => "object" === typeof elem && null !== elem && false === Array.isArray(elem) && _io2(elem))) && (null === input.owner_email || void 0 === input.owner_email || "string" === typeof input.owner_email && input.owner_email.length <= 30) && (null === input.owner_name || void 0 === input.owner_name || "string" === typeof input.owner_name && input.owner_name.length <= 30) && (null === input.preferred_contact_method || void 0 === input.preferred_contact_method || "string" === typeof input.preferred_contact_method && input.preferred_contact_method.length <= 30) && (null === input.problem_code_name || void 0 === input.problem_code_name || "string" === typeof input.problem_code_name && input.problem_code_name.length <= 30) && (null === input.request_type || void 0 === input.request_type || "string" === typeof input.request_type && input.request_type.length <= 30) && (null === input.rmas || void 0 === input.rmas || Array.isArray(input.rmas) && input.rmas.every((elem) => "string" === typeof elem)) && (null === input.serial_number || void 0 === input.serial_number || "string" === typeof input.serial_number && input.serial_number.length <= 30) && ("1" === input.severity || "2" === input.severity || "3" === input.severity || "4" === input.severity || 1 === input.severity || 2 === input.severity || 3 === input.severity || 4 === input.severity) && (null === input.status || void 0 === input.status || "string" === typeof input.status && input.status.length <= 150) && (null === input.sub_technology_name || void 0 === input.sub_technology_name || "string" === typeof input.sub_technology_name && input.sub_technology_name.length <= 150) && (null === input.technology_name || void 0 === input.technology_name || "string" === typeof input.technology_name && input.technology_name.length <= 150) && (null === input.title || void 0 === input.title || "string" === typeof input.title && input.title.length <= 240) && (null === input.tracking_number || void 0 === input.tracking_number || "string" === typeof input.tracking_number && input.tracking_number.length <= 240) && (null === input.updated_date || void 0 === input.updated_date || "string" === typeof input.updated_date && isWireDate(input.updated_date)) && (null === input.user_id || void 0 === input.user_id || "string" === typeof input.user_id && input.user_id.length <= 50);
    const _io2 = (input) => (null === input.note || void 0 === input.note || "string" === typeof input.note && input.note.length <= 2e3) && (null === input.note_detail || void 0 === input.note_detail || "string" === typeof input.note_detail && input.note_detail.length <= 32767) && (null === input.created_by || void 0 === input.created_by || "string" === typeof input.created_by && input.created_by.length <= 50) && (null === input.creation_date || void 0 === input.creation_date || "string" === typeof input.creation_date && isWireDate(input.creation_date));
    return (input) => "object" === typeof input && null !== input && _io0(input);
  })()
};
var used = [isDateTime, isWireDate];
export {
  documented,
  fastest,
  tolerant,
  used
};
