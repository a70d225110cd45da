pub struct RawSandbox;
