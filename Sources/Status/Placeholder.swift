// Status
