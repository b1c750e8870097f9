worker = Worker(client, task_queue=TASK_QUEUE, workflows=[InteractiveResearchWorkflow])
